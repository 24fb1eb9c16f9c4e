import type { ParameterGroup } from "../nn/arena_layout.ts";
import type { ParameterSpec } from "../nn/specs.ts";

/** Which parameters learn, and how fast. */
export interface GroupOptions {
  readonly numHiddenLayers: number;
  /** Multiplier of the learning rate for the heads, which start from random numbers. Default 1. */
  readonly headMultiplier?: number;
  /**
   * Layer-wise learning-rate decay (Howard and Ruder 2018, arXiv:1801.06146): the top layer learns at the
   * full rate, each layer below at this share of the one above, the embeddings last. Default 1.
   */
  readonly layerDecay?: number;
  /** Keep the embeddings (with their norm) as they are. */
  readonly freezeEmbeddings?: boolean;
  /** Keep the first k layers as they are. */
  readonly freezeLayers?: number;
}

/** The group of a parameter; undefined where it is frozen. Biases and norms do not decay. */
export function groupOf(
  { role, layer, rate = 1 }: Pick<ParameterSpec, "role" | "layer" | "rate">,
  options: GroupOptions,
): ParameterGroup | undefined {
  const { numHiddenLayers, headMultiplier = 1, layerDecay = 1, freezeEmbeddings, freezeLayers = 0 } = options;
  const decay = role === "product" || role === "table";
  if (layer === "head") return { rate: headMultiplier * rate, decay };
  if (layer === "embeddings") {
    return freezeEmbeddings ? undefined : { rate: layerDecay ** numHiddenLayers, decay };
  }
  return layer < freezeLayers ? undefined : { rate: layerDecay ** (numHiddenLayers - 1 - layer), decay };
}
