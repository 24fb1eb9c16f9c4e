import type { OpName } from "../mod.ts";

/**
 * Largest relative L2 error `|found - expected| / |expected|` of an op's output against float64, on every
 * device.
 *
 * float32 has a unit roundoff of 6e-8. A sum of n products in sequence loses up to n of them, in practice
 * about sqrt(n); `exp` is allowed 3 + 2|x| units in WGSL. The bounds leave about a factor of ten to what was
 * measured.
 */
export const tolerances: Record<OpName, number> = {
  activationBackward: 2e-6,
  attention: 4e-6,
  attentionBackward: 2e-6,
  columnSums: 1e-6,
  disentangledAttention: 4e-6,
  disentangledAttentionBackward: 2e-6,
  dropout: 3e-7,
  layerNorm: 3e-6,
  layerNormBackward: 2e-6,
  accumulate: 2e-7,
  adamw: 1e-6,
  crf: 1e-6,
  crfBackward: 2e-6,
  crossEntropyGradient: 1e-6,
  crossEntropyLoss: 1e-6,
  crossEntropyStats: 1e-6,
  gatedActivation: 1e-6,
  gatedActivationBackward: 2e-6,
  gatherRows: 2e-7,
  gradientClip: 1e-6,
  gradientNorm: 1e-6,
  klDivergence: 1e-6,
  klDivergenceGradient: 1e-6,
  lossSum: 1e-6,
  scatterAddRows: 1e-6,
  widen: 0,
  matmul: 2e-6,
  rotary: 1e-6,
  softmax: 1e-6,
  squaredError: 1e-6,
  squaredErrorGradient: 3e-7,
};

/** For gradients against central differences: their own error (step 1e-4 in float64) is far below this. */
export const derivativeTolerance = 2e-5;

/**
 * The same where an output is f16, whatever the op: its arithmetic is f32, and a result is rounded at the
 * end, once or (a sum that is read again) twice, by at most 2^-11 = 4.9e-4 of itself and 2.8e-4 in the mean.
 * Outputs that stay f32 keep the bounds above.
 */
export const halfTolerance = 6e-4;

/**
 * Ops whose f32 outputs are statistics of what they rounded to f16 themselves: these have
 * {@linkcode halfTolerance}, too.
 */
export const statisticsOfHalves: ReadonlySet<OpName> = new Set(["layerNorm"]);

/**
 * For gradients of ops that take f16: what they read was rounded, too, before the op got it. That of
 * attention takes rowsum(dOut * out) off each gradient of a weight, where little is left if one weight is
 * nearly all of a row, and `out` was rounded by itself.
 */
export function halfDerivativeTolerance(op: OpName): number {
  return op === "attentionBackward" || op === "disentangledAttentionBackward" ? 6e-3 : 2e-3;
}
