/**
 * The float64 reference: the only oracle of an op. Every device has to match every case of the table.
 *
 * @module
 */

import type { OpName } from "../mod.ts";
import { accumulateCases } from "./accumulate.ts";
import { activationBackwardCases } from "./activation_backward.ts";
import { attentionBackwardCases, attentionCases } from "./attention.ts";
import { columnSumsCases } from "./column_sums.ts";
import { disentangledAttentionBackwardCases, disentangledAttentionCases } from "./disentangled_attention.ts";
import { dropoutCases } from "./dropout.ts";
import { layerNormBackwardCases, layerNormCases } from "./layer_norm.ts";
import { adamwCases } from "./adamw.ts";
import { crfBackwardCases, crfCases } from "./crf.ts";
import { crossEntropyGradientCases, crossEntropyLossCases, crossEntropyStatsCases } from "./cross_entropy.ts";
import { gatedActivationBackwardCases, gatedActivationCases } from "./gated_activation.ts";
import { gatherRowsCases } from "./gather_rows.ts";
import { gradientClipCases, gradientNormCases } from "./gradient_norm.ts";
import { klDivergenceCases, klDivergenceGradientCases } from "./kl_divergence.ts";
import { lossSumCases } from "./loss_sum.ts";
import { rotaryCases } from "./rotary.ts";
import { scatterAddRowsCases } from "./scatter_add_rows.ts";
import { widenCases } from "./widen.ts";
import { matmulCases } from "./matmul.ts";
import type { Case } from "./proof.ts";
import { softmaxCases } from "./softmax.ts";
import { squaredErrorCases, squaredErrorGradientCases } from "./squared_error.ts";

/** The shape table, by op. */
export const cases: Record<OpName, () => Case[]> = {
  activationBackward: activationBackwardCases,
  attention: attentionCases,
  attentionBackward: attentionBackwardCases,
  columnSums: columnSumsCases,
  disentangledAttention: disentangledAttentionCases,
  disentangledAttentionBackward: disentangledAttentionBackwardCases,
  dropout: dropoutCases,
  layerNorm: layerNormCases,
  layerNormBackward: layerNormBackwardCases,
  accumulate: accumulateCases,
  adamw: adamwCases,
  crf: crfCases,
  crfBackward: crfBackwardCases,
  crossEntropyGradient: crossEntropyGradientCases,
  crossEntropyLoss: crossEntropyLossCases,
  crossEntropyStats: crossEntropyStatsCases,
  gatedActivation: gatedActivationCases,
  gatedActivationBackward: gatedActivationBackwardCases,
  gatherRows: gatherRowsCases,
  gradientClip: gradientClipCases,
  gradientNorm: gradientNormCases,
  klDivergence: klDivergenceCases,
  klDivergenceGradient: klDivergenceGradientCases,
  lossSum: lossSumCases,
  scatterAddRows: scatterAddRowsCases,
  widen: widenCases,
  matmul: matmulCases,
  rotary: rotaryCases,
  softmax: softmaxCases,
  squaredError: squaredErrorCases,
  squaredErrorGradient: squaredErrorGradientCases,
};
