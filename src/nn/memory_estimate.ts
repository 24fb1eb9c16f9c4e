import type { ModelConfig } from "../checkpoint/hugging_face.ts";

/** What is estimated. */
export interface MemoryQuestion {
  /** Shapes by name, as `parameterShapes` gives them. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  /** Whether a parameter is trained; all are unless told otherwise. */
  readonly trained?: (name: string) => boolean;
  /** Tokens that are on the device at one time. */
  readonly tokens: number;
  /** Whether activations are computed again on the way back. */
  readonly recompute?: boolean;
}

/** Device memory in bytes. */
export interface MemoryEstimate {
  /** Numbers of elements. */
  readonly count: { readonly total: number; readonly trained: number };
  /** 4 for each parameter. */
  readonly parameters: number;
  /** 4 for each trained parameter. */
  readonly gradients: number;
  /** 8 for each trained parameter: AdamW's two moments. */
  readonly moments: number;
  /** 4 for each float that is kept for the backward pass. */
  readonly activations: number;
  /** All of these together. */
  readonly training: number;
  /** To tag without training: parameters, and the activations of one layer. */
  readonly prediction: number;
  /** The largest buffer of activations, `[tokens, intermediateSize]` in nearly all models. */
  readonly largestActivation: number;
}

/** Estimates the memory of a tagger from its config, without opening its weights. */
export function estimateMemory(
  config: ModelConfig,
  { parameters, trained = () => true, tokens, recompute = false }: MemoryQuestion,
): MemoryEstimate {
  const count = { total: 0, trained: 0 };
  for (const [name, shape] of parameters) {
    const elements = shape.reduce((product, length) => product * length, 1);
    count.total += elements;
    if (trained(name)) count.trained += elements;
  }
  const bytes = {
    parameters: 4 * count.total,
    gradients: 4 * count.trained,
    moments: 8 * count.trained,
    activations: 4 * tokens * trainingFloats(config, recompute),
  };
  return {
    count,
    ...bytes,
    training: bytes.parameters + bytes.gradients + bytes.moments + bytes.activations,
    prediction: bytes.parameters + 4 * tokens * predictionFloats(config),
    largestActivation: 4 * tokens * Math.max(config.hiddenSize, config.intermediateSize),
  };
}

/**
 * Floats a token when the backward pass is in the last layer, where a step needs most.
 *
 * Each layer keeps 10 rows of hiddenSize (query, key, value, attention, its projection, the second projection, and sum
 * and result of two norms), two of intermediateSize (before and after the activation), two numbers a head (attention)
 * and four for the norms. The embeddings keep four rows. The gradients under way are three rows of hiddenSize or one of
 * intermediateSize; by then the head has given its memory back.
 *
 * With recompute only one layer is kept so, and of the others and of the embeddings a row each, their result.
 */
function trainingFloats(config: ModelConfig, recompute: boolean): number {
  const { hiddenSize, intermediateSize, numAttentionHeads, numHiddenLayers } = config;
  const layer = 10 * hiddenSize + 2 * intermediateSize + 2 * numAttentionHeads + 4;
  const kept = recompute
    ? (numHiddenLayers + 1) * hiddenSize + layer
    : 4 * hiddenSize + numHiddenLayers * layer;
  return kept + Math.max(3 * hiddenSize, intermediateSize);
}

/** Floats a token inside a layer, after which all but its result is given back. */
function predictionFloats({ hiddenSize, intermediateSize }: ModelConfig): number {
  return 9 * hiddenSize + intermediateSize;
}
