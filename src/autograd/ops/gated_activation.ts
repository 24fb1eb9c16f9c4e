import { type Activation, activations } from "../../../kernels/contract.ts";
import type { View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * One half of each row, activated, times the other (Shazeer 2020, arXiv:2002.05202): x `[rows, 2 * columns]`,
 * result `[rows, columns]`.
 */
export function gatedActivation(tape: Tape, x: Tensor, activation: Activation): Tensor {
  const { device } = tape;
  const [rows, width] = x.shape;
  const parameters = { rows, columns: width / 2, activation: activations[activation] };
  const y = tape.tensor([rows, width / 2], [x]);
  device.dispatch("gatedActivation", { x: x.view, y: y.view }, parameters);

  const backward = (dY: View) => {
    const dX = tape.allocate(tape.real, rows * width);
    device.dispatch("gatedActivationBackward", { x: x.view, dY, dX }, parameters);
    tape.giveGradient(x, dX);
  };
  tape.record(y, { backward });
  return y;
}
