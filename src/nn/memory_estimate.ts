import { BYTES, type RealDType } from "../../kernels/contract.ts";
import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import { productWeights } from "./product_weights.ts";

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
  /** Element type of activations; with f16 the weights of products have a copy in it. Default f32. */
  readonly precision?: RealDType;
}

/** Device memory in bytes. */
export interface MemoryEstimate {
  /** Numbers of elements. */
  readonly count: { readonly total: number; readonly trained: number };
  /** 4 for each parameter, and 2 for each that has an f16 copy. */
  readonly parameters: number;
  /** 4 for each trained parameter. */
  readonly gradients: number;
  /** 8 for each trained parameter: AdamW's two moments. */
  readonly moments: number;
  /** What is kept for the backward pass: 2 or 4 for each number by the precision, 4 for each statistic. */
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
  { parameters, trained = () => true, tokens, recompute = false, precision = "f32" }: MemoryQuestion,
): MemoryEstimate {
  const count = { total: 0, trained: 0 };
  const halves = precision === "f16" ? productWeights(parameters) : new Set();
  let copied = 0;
  for (const [name, shape] of parameters) {
    const elements = shape.reduce((product, length) => product * length, 1);
    count.total += elements;
    if (trained(name)) count.trained += elements;
    if (halves.has(name)) copied += elements;
  }
  const real = BYTES[precision];
  const bytes = {
    parameters: BYTES.f32 * count.total + BYTES.f16 * copied,
    gradients: 4 * count.trained,
    moments: 8 * count.trained,
    activations: tokens * trainingBytes(config, { recompute, real }),
  };
  return {
    count,
    ...bytes,
    training: bytes.parameters + bytes.gradients + bytes.moments + bytes.activations,
    prediction: bytes.parameters + real * tokens * predictionNumbers(config),
    largestActivation: real * tokens * Math.max(config.hiddenSize, config.intermediateSize),
  };
}

/**
 * Bytes a token when the backward pass is in the last layer, where a step needs most.
 *
 * Each layer keeps 10 rows of hiddenSize (query, key, value, attention, its projection, the second projection, and sum
 * and result of two norms), two of intermediateSize (before and after the activation), and in f32 two statistics a head
 * (attention) and four for the norms. The embeddings keep four rows. The gradients under way are three rows of hiddenSize or one of
 * intermediateSize; by then the head has given its memory back.
 *
 * With recompute only one layer is kept so, and of the others and of the embeddings a row each, their result.
 */
function trainingBytes(
  config: ModelConfig,
  { recompute, real }: { recompute: boolean; real: number },
): number {
  const { hiddenSize, intermediateSize, numAttentionHeads, numHiddenLayers } = config;
  const layer = real * (10 * hiddenSize + 2 * intermediateSize) + BYTES.f32 * (2 * numAttentionHeads + 4);
  const kept = recompute
    ? real * (numHiddenLayers + 1) * hiddenSize + layer
    : real * 4 * hiddenSize + numHiddenLayers * layer;
  return kept + real * Math.max(3 * hiddenSize, intermediateSize);
}

/** Numbers a token inside a layer, after which all but its result is given back. */
function predictionNumbers({ hiddenSize, intermediateSize }: ModelConfig): number {
  return 9 * hiddenSize + intermediateSize;
}
