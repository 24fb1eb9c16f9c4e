import type { Model } from "../model/model.ts";
import { AdamW } from "../optim/adamw.ts";

/**
 * What an f16 run scales its loss by at first: mean losses have gradients of far less than 1, and where the
 * scale is too large for a model each of its first steps halves it.
 */
const FIRST_LOSS_SCALE = 2 ** 16;

/** The optimiser of a run that trains `model`; it scales the loss where that computes in f16. */
export function newOptimizer(
  { device, parameters, precision }: Model,
  { weightDecay, maxGradientNorm }: { readonly weightDecay: number; readonly maxGradientNorm: number },
): AdamW {
  const lossScale = precision === "f16" ? FIRST_LOSS_SCALE : undefined;
  return new AdamW(device, parameters, { weightDecay, maxGradientNorm, lossScale });
}
