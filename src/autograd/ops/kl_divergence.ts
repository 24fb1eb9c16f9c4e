import type { View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { addToLoss, type LossTarget } from "./loss_target.ts";

/** What logits are compared with and where the loss goes. */
export interface KlDivergence extends LossTarget {
  /** Logits of a teacher, f32 `[rows, classes]`; nothing flows back to them. */
  readonly targets: View;
  /** By which both sides are divided before their softmax. */
  readonly temperature: number;
}

/**
 * Divergence of the softened distributions of logits `[rows, classes]` from those of a teacher,
 * `KL(softmax(targets / T) || softmax(logits / T))` in nats. Gradients shrink with the square of the
 * temperature, so whoever mixes it with other losses multiplies `scale` by that (Hinton et al. 2015,
 * arXiv:1503.02531, section 2).
 */
export function klDivergence(
  tape: Tape,
  logits: Tensor,
  { targets, temperature, scale, loss, scaling }: KlDivergence,
): void {
  const { device } = tape;
  const [rows, columns] = logits.shape;
  if (rows === 0) return;
  const stats = tape.allocate("f32", rows * 4);
  const losses = tape.allocate("f32", rows);
  const sizes = { rows, columns, temperature };
  device.dispatch("klDivergence", { logits: logits.view, targets, stats, losses }, sizes);
  addToLoss(tape, losses, { rows, scale, loss });

  const backward = () => {
    const dLogits = tape.allocate(tape.real, rows * columns);
    const buffers = { logits: logits.view, targets, stats, dLogits, scaling };
    device.dispatch("klDivergenceGradient", buffers, { ...sizes, scale });
    tape.giveGradient(logits, dLogits);
  };
  tape.record(undefined, { saved: [stats], backward });
}
