import type { OpName } from "../mod.ts";

/**
 * Largest relative L2 error `|found - expected| / |expected|` of an op's output against float64, on every device.
 *
 * float32 has a unit roundoff of 6e-8. A sum of n products in sequence loses up to n of them, in practice about
 * sqrt(n); `exp` is allowed 3 + 2|x| units in WGSL. The bounds leave about a factor of ten to what was measured.
 */
export const tolerances: Record<OpName, number> = {
  activationBackward: 2e-6,
  attention: 4e-6,
  attentionBackward: 2e-6,
  columnSums: 1e-6,
  dropout: 3e-7,
  layerNorm: 3e-6,
  layerNormBackward: 2e-6,
  accumulate: 2e-7,
  adamw: 1e-6,
  crossEntropyGradient: 1e-6,
  crossEntropyLoss: 1e-6,
  crossEntropyStats: 1e-6,
  gatherRows: 2e-7,
  gradientClip: 1e-6,
  gradientNorm: 1e-6,
  scatterAddRows: 1e-6,
  widen: 0,
  matmul: 2e-6,
  softmax: 1e-6,
};

/** For gradients against central differences: their own error (step 1e-4 in float64) is far below this. */
export const derivativeTolerance = 2e-5;
