import type { View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { addToLoss, type LossTarget } from "./loss_target.ts";

/** What rows are compared with and where the loss goes. */
export interface SquaredError extends LossTarget {
  /** `[rows, columns]`, of the tape's element type; nothing flows back to them. */
  readonly targets: View;
}

/**
 * Squared distance of x `[rows, columns]` from targets: with a scale of 1 / (rows · columns) the mean squared
 * error (of hidden states: Jiao et al. 2020, arXiv:1909.10351).
 */
export function squaredError(
  tape: Tape,
  x: Tensor,
  { targets, scale, loss, scaling }: SquaredError,
): void {
  const { device } = tape;
  const [rows, columns] = x.shape;
  if (rows === 0) return;
  const losses = tape.allocate("f32", rows);
  device.dispatch("squaredError", { x: x.view, targets, losses }, { rows, columns });
  addToLoss(tape, losses, { rows, scale, loss });

  const backward = () => {
    const dX = tape.gradientOf(x);
    if (!dX) return;
    device.dispatch("squaredErrorGradient", { x: x.view, targets, dX: dX.view, scaling }, {
      rows,
      columns,
      scale,
      accumulate: dX.accumulate,
    });
  };
  tape.record(undefined, { backward });
}
