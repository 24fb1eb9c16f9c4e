import type { View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";

/** Where a loss goes, and by what it is scaled. */
export interface LossTarget {
  /** Factor of the sum over rows: 1 / (number of rows) gives the mean. */
  readonly scale: number;
  /** f32 `[1]`, to which `scale` times the sum over rows is added. */
  readonly loss: View;
  /** Scales the gradients, but not the loss: `scaling` of the optimiser that takes the scale out again. */
  readonly scaling?: View;
}

/** Adds what rows lose, f32 `[rows]`, to a loss, and gives their memory back. */
export function addToLoss(
  tape: Tape,
  losses: View,
  { rows, scale, loss }: Pick<LossTarget, "scale" | "loss"> & { readonly rows: number },
): void {
  tape.device.dispatch("lossSum", { losses, loss }, { rows, scale });
  tape.free(losses);
}
