import type { Dropout, Tape } from "../tape.ts";
import { type Parameter, type Tensor, whole } from "../tensor.ts";

/** A layer norm and what is fused with it. */
export interface LayerNorm {
  /** `[1, hidden]` */
  readonly weight: Parameter;
  /** `[1, hidden]`, if it has one. */
  readonly bias?: Parameter;
  readonly epsilon: number;
  /** Added to `dropout(x)` before the normalisation, `[rows, hidden]`. */
  readonly residual?: Tensor;
  /** Dropout of x. */
  readonly dropout?: Dropout;
}

/**
 * `y = LayerNorm(dropout(x) + residual)` (Ba, Kiros and Hinton 2016, arXiv:1607.06450), all `[rows, hidden]`.
 */
export function layerNorm(
  tape: Tape,
  x: Tensor,
  { weight, bias, epsilon, residual, dropout }: LayerNorm,
): Tensor {
  const { device } = tape;
  const [rows, hidden] = x.shape;
  const y = tape.tensor(x.shape, [x, weight, bias, residual].filter((input) => input !== undefined));
  const parameters = { rows, hidden, epsilon, ...tape.dropoutUniforms(dropout) };
  const gamma = whole(weight);
  const beta = bias && whole(bias);
  const saved = tape.recording && y.requiresGradient
    ? { sum: tape.allocate(tape.real, rows * hidden), stats: tape.allocate("f32", rows * 2) }
    : undefined;
  device.dispatch("layerNorm", {
    x: x.view,
    residual: residual?.view,
    gamma: gamma.values,
    beta: beta?.values,
    y: y.view,
    ...saved,
  }, parameters);
  if (!saved) return y;

  const backward = (dY: Tensor["view"]) => {
    const dX = tape.gradientOf(x);
    const dResidual = residual && tape.gradientOf(residual);
    device.dispatch("layerNormBackward", {
      dY,
      ...saved,
      gamma: gamma.values,
      dX: dX?.view,
      dResidual: dResidual?.view,
      dGamma: gamma.gradient,
      dBeta: beta?.gradient,
    }, {
      ...parameters,
      accumulateX: dX?.accumulate ?? false,
      accumulateResidual: dResidual?.accumulate ?? false,
    });
  };
  tape.record(y, { saved: [saved.sum, saved.stats], backward });
  return y;
}
