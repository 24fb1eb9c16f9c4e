import type { View } from "../../device/device.ts";
import type { Dropout, Tape } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Inverted dropout (Srivastava et al., JMLR 2014): elements are zeroed with probability p, others scaled by
 * 1/(1-p).
 */
export function dropout(tape: Tape, x: Tensor, options: Dropout): Tensor {
  const uniforms = tape.dropoutUniforms(options);
  if (uniforms.dropoutThreshold === 0) return x;
  const [rows, columns] = x.shape;
  const y = tape.tensor(x.shape, [x]);
  tape.device.dispatch("dropout", { x: x.view, y: y.view }, { rows, columns, ...uniforms });

  const backward = (dY: Tensor["view"]) => {
    const dX = tape.gradientOf(x);
    if (!dX) return;
    tape.device.dispatch("dropout", { x: dY, y: dX.view }, {
      rows,
      columns,
      ...uniforms,
      accumulate: dX.accumulate,
    });
  };
  tape.record(y, { backward });
  return y;
}

/** `y = residual + dropout(x)`, all `[rows, columns]`. */
export function addDropout(
  tape: Tape,
  x: Tensor,
  { residual, dropout }: { readonly residual: Tensor; readonly dropout: Dropout },
): Tensor {
  const { device } = tape;
  const [rows, columns] = x.shape;
  const parameters = { rows, columns, ...tape.dropoutUniforms(dropout) };
  const y = tape.tensor(x.shape, [x, residual]);
  device.clear(y.view);
  device.dispatch("accumulate", { x: residual.view, into: y.view }, { count: rows * columns, factor: 1 });
  device.dispatch("dropout", { x: x.view, y: y.view }, { ...parameters, accumulate: true });

  const backward = (dY: View) => {
    const dX = tape.gradientOf(x);
    if (dX) {
      const { view, accumulate } = dX;
      device.dispatch("dropout", { x: dY, y: view }, { ...parameters, accumulate });
    }
    tape.giveGradient(residual, dY);
  };
  tape.record(y, { backward, handsOn: true });
  return y;
}
