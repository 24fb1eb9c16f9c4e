import type { ParameterGroup } from "../nn/parameters.ts";

/** Which parameters learn, and how fast. */
export interface GroupOptions {
  readonly numHiddenLayers: number;
  /** Multiplier of the learning rate for the heads, which start from random numbers. Default 1. */
  readonly headMultiplier?: number;
  /**
   * Layer-wise learning-rate decay (Howard and Ruder 2018, arXiv:1801.06146): the top layer learns at the full rate,
   * each layer below at this share of the one above, the embeddings last. Default 1.
   */
  readonly layerDecay?: number;
  /** Keep the embeddings (with their norm) as they are. */
  readonly freezeEmbeddings?: boolean;
  /** Keep the first k layers as they are. */
  readonly freezeLayers?: number;
}

/** The group of a parameter by its Hugging Face name; undefined where it is frozen. */
export function groupOf(name: string, options: GroupOptions): ParameterGroup | undefined {
  const { numHiddenLayers, headMultiplier = 1, layerDecay = 1, freezeEmbeddings, freezeLayers = 0 } = options;
  const decay = !/\.bias$|LayerNorm\.|layer_norm\./.test(name);
  const layer = /^(?:bert|roberta)\.encoder\.layer\.(\d+)\./.exec(name);
  if (layer) {
    const index = Number(layer[1]);
    return index < freezeLayers ? undefined : { rate: layerDecay ** (numHiddenLayers - 1 - index), decay };
  }
  if (/^(?:bert|roberta)\.embeddings\./.test(name)) {
    return freezeEmbeddings ? undefined : { rate: layerDecay ** numHiddenLayers, decay };
  }
  return { rate: headMultiplier, decay };
}
