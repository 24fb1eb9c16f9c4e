/** What a model needs in memory, for doctor. */

import { type ModelConfig, parameterShapes, readConfig } from "../checkpoint/hugging_face.ts";
import { estimateMemory, type MemoryEstimate } from "../nn/memory_estimate.ts";
import { groupOf } from "../optim/groups.ts";
import type { Store } from "../store/store.ts";
import { formatBytes, formatCount, formatTable } from "./format.ts";

/** WebGPU's default for one buffer that a kernel reads or writes. */
const BINDING_BYTES = 2 ** 27;

/** How the model would be trained. */
export interface NeedsOptions {
  /** The directory as the person named it. */
  readonly model: string;
  readonly batchTokens: number;
  readonly freezeEmbeddings: boolean;
  readonly freezeLayers: number;
}

/** An estimate, and for what. Plain data, ready for JSON. */
export interface ModelNeeds extends MemoryEstimate {
  readonly model: string;
  readonly modelType: ModelConfig["modelType"];
  readonly batchTokens: number;
  /** Tokens at one time: those of the batch and those of its masked copies. */
  readonly tokens: number;
  /** Floats of activations a token. */
  readonly floatsPerToken: number;
  /** Most tokens of a batch whose activations fit in WebGPU's default binding. */
  readonly mostBatchTokens: number;
}

/** Masked copies of the sentences are as long as the sentences themselves. */
const COPIES = 2;

/**
 * Reads a model's config.json and estimates what fine-tuning it as a tagger needs.
 *
 * @throws {CheckpointError} if config.json is missing or describes a model that Lacuna is not
 */
export async function readNeeds(store: Store, options: NeedsOptions): Promise<ModelNeeds> {
  const { model, batchTokens } = options;
  const config = await readConfig(store, "");
  const { numHiddenLayers, numLabels, modelType } = config;
  const parameters = parameterShapes(config, { head: numLabels > 0 ? "tokenClassification" : "none" });
  const tokens = COPIES * batchTokens;
  const estimate = estimateMemory(config, {
    parameters,
    trained: (name) => groupOf(name, { numHiddenLayers, ...options }) !== undefined,
    tokens,
  });
  return {
    model,
    modelType,
    batchTokens,
    tokens,
    floatsPerToken: estimate.activations / tokens / 4,
    mostBatchTokens: Math.floor(BINDING_BYTES / (estimate.largestActivation / tokens) / COPIES),
    ...estimate,
  };
}

/** The needs as lines for a terminal. */
export function describeNeeds(needs: ModelNeeds): string {
  const { count, tokens, batchTokens, floatsPerToken, largestActivation, mostBatchTokens } = needs;
  const row = (name: string, bytes: number, how = "") => [`  ${name}`, formatBytes(bytes), how];
  const fits = largestActivation <= BINDING_BYTES
    ? `fits in a binding of ${formatBytes(BINDING_BYTES)}, up to --batch-tokens ${
      formatCount(mostBatchTokens)
    }`
    : `is more than a binding's ${formatBytes(BINDING_BYTES)}: use --batch-tokens ${mostBatchTokens} or less`;
  return [
    `${needs.model}: ${needs.modelType}, ${formatCount(count.total)} parameters, ${
      formatCount(count.trained)
    } trained`,
    ...formatTable([
      row("parameters", needs.parameters, "4 bytes each"),
      row("gradients", needs.gradients, "4 bytes each trained parameter"),
      row("moments of AdamW", needs.moments, "8 bytes each trained parameter"),
      row(
        "activations",
        needs.activations,
        `4 bytes x ${formatCount(floatsPerToken)} x ${formatCount(tokens)} tokens ` +
          `(--batch-tokens ${formatCount(batchTokens)} and their masked copies)`,
      ),
      row("to train", needs.training, "the sum; memory kept for reuse can add an eighth"),
      row("to predict", needs.prediction, "parameters and one layer of activations"),
      row("largest buffer", largestActivation, fits),
    ], { right: [1] }),
    `  ${FORMULA}`,
  ].join("\n");
}

const FORMULA =
  "floats of activations a token = layers x (10 hidden + 2 intermediate + 2 heads + 4) + 4 hidden + " +
  "max(3 hidden, intermediate)";
