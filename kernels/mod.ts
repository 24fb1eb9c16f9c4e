/**
 * Every op of Lacuna, declared once for all devices.
 *
 * @module
 */

import { accumulate } from "./accumulate.ts";
import { activationBackward } from "./activation_backward.ts";
import { attention, attentionBackward } from "./attention.ts";
import { columnSums } from "./column_sums.ts";
import { disentangledAttention, disentangledAttentionBackward } from "./disentangled_attention.ts";
import { dropout } from "./dropout.ts";
import { layerNorm, layerNormBackward } from "./layer_norm.ts";
import { adamw } from "./adamw.ts";
import { crf, crfBackward } from "./crf.ts";
import { crossEntropyGradient, crossEntropyLoss, crossEntropyStats } from "./cross_entropy.ts";
import { gatedActivation, gatedActivationBackward } from "./gated_activation.ts";
import { gatherRows } from "./gather_rows.ts";
import { gradientClip, gradientNorm } from "./gradient_norm.ts";
import { klDivergence, klDivergenceGradient } from "./kl_divergence.ts";
import { lossSum } from "./loss_sum.ts";
import { rotary } from "./rotary.ts";
import { scatterAddRows } from "./scatter_add_rows.ts";
import { squaredError, squaredErrorGradient } from "./squared_error.ts";
import { widen } from "./widen.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./softmax.ts";

export const ops = {
  activationBackward,
  attention,
  attentionBackward,
  columnSums,
  disentangledAttention,
  disentangledAttentionBackward,
  dropout,
  layerNorm,
  layerNormBackward,
  accumulate,
  adamw,
  crf,
  crfBackward,
  crossEntropyGradient,
  crossEntropyLoss,
  crossEntropyStats,
  gatedActivation,
  gatedActivationBackward,
  gatherRows,
  gradientClip,
  gradientNorm,
  klDivergence,
  klDivergenceGradient,
  lossSum,
  matmul,
  rotary,
  scatterAddRows,
  softmax,
  squaredError,
  squaredErrorGradient,
  widen,
};

/** Name of a declared op. */
export type OpName = keyof typeof ops;

/** The declaration of a named op. */
export type Op<N extends OpName> = (typeof ops)[N];
