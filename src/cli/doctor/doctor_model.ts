/** What a model needs in memory, for doctor. */

import { readConfig } from "../../model/config.ts";
import type { ModelConfig } from "../../nn/config.ts";
import type { Device } from "../../device/device.ts";
import { DeviceError } from "../../errors.ts";
import { type Console } from "../frame/command.ts";
import { TAGGING_TOKENS } from "../../inference/model_logits.ts";
import { tokenClassification } from "../../nn/heads/token_classification.ts";
import type { ParameterSpec } from "../../nn/specs.ts";
import { Model } from "../../model/model.ts";
import { groupOf } from "../../optim/groups.ts";
import type { Store } from "../../store/store.ts";
import { type MemoryBound, memoryBound } from "../../run/memory_bound.ts";
import { rehearseTagging } from "../../training/tagging_batch.ts";
import { formatBytes, formatCount, formatTable } from "../frame/format.ts";

/** How the model would be trained. */
export interface NeedsOptions {
  /** The directory as the person named it. */
  readonly model: string;
  readonly batchTokens: number;
  readonly freezeEmbeddings: boolean;
  readonly freezeLayers: number;
}

/** A model that is asked about; of its folder config.json is read alone. */
export interface ModelQuestion extends NeedsOptions {
  readonly config: ModelConfig;
}

/** What a model needs on a device, in bytes. Plain data, ready for JSON. */
export interface ModelNeeds extends NeedsOptions {
  readonly modelType: ModelConfig["modelType"];
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** Tokens at one time in training: those of the batch and those of its masked copies. */
  readonly tokens: number;
  readonly training: MemoryBound;
  /** To tag without training. */
  readonly prediction: number;
}

/** Masked copies of the sentences are as long as the sentences themselves. */
const COPIES = 2;

/** The tags of a model that has none: those of people, organisations, places and dates. */
const NINE_TAGS = ["O", ..."PER ORG LOC DATE".split(" ").flatMap((type) => [`B-${type}`, `I-${type}`])];

/**
 * Reads a model's config.json.
 *
 * @throws {CheckpointError} if it is missing or describes a model that Lacuna is not
 */
export async function readQuestion(store: Store, options: NeedsOptions): Promise<ModelQuestion> {
  return { ...options, config: await readConfig(store, "") };
}

/**
 * What fine-tuning a model as a tagger takes on a device, where every token is a word with a tag, and what
 * tagging takes; or why that device cannot train it so.
 */
export async function needsOn(
  device: Device,
  { config, ...question }: ModelQuestion,
  { typed }: Pick<Console, "typed">,
): Promise<ModelNeeds | { readonly problem: string }> {
  const { batchTokens } = question;
  const { numHiddenLayers, numLabels, id2label, modelType } = config;
  const head = {
    tagging: tokenClassification.of(numLabels > 0 ? id2label : NINE_TAGS),
    group: (spec: ParameterSpec) => groupOf(spec, { numHiddenLayers, ...question }),
  } as const;
  const tokens = COPIES * batchTokens;
  const tagging = { tokens: TAGGING_TOKENS, tagged: TAGGING_TOKENS, masked: 0 };
  try {
    const training = await memoryBound(device, {
      config,
      ...head,
      batches: [{ tokens, tagged: tokens, masked: 0 }],
      dropout: true,
      recompute: false,
      evaluate: (model) => rehearseTagging(model, tagging),
    });
    const rehearsal = device.rehearsal();
    const model = new Model(rehearsal, config, { ...head, group: undefined });
    rehearseTagging(model, tagging);
    const parameters = new Model(device.rehearsal(), config, head).parameters.count();
    const prediction = rehearsal.memory.peakBytes;
    return { ...question, modelType, parameters, tokens, training, prediction };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { problem: typed(error.said) };
  }
}

/** The needs as lines for a terminal. */
export function describeNeeds(
  needs: ModelNeeds | { readonly problem: string },
  { model, maxMemoryBytes = Infinity }: { readonly model: string; readonly maxMemoryBytes?: number },
): string {
  if ("problem" in needs) return `  ${model} cannot be trained: ${needs.problem}`;
  const { parameters, modelType, tokens, batchTokens, training, prediction } = needs;
  const row = (name: string, bytes: number, how: string) => [`    ${name}`, formatBytes(bytes), how];
  const fits = training.total <= maxMemoryBytes
    ? "the sum"
    : `the sum: more than the ${formatBytes(maxMemoryBytes)} that this device can have`;
  const perToken = formatCount(Math.ceil(training.activations / tokens));
  return [
    `  ${model}: ${modelType}, ${formatCount(parameters.total)} parameters, ${
      formatCount(parameters.trainable)
    } trained; most memory at one time`,
    ...formatTable([
      row("weights", training.weights, "4 bytes each"),
      row("gradients", training.gradients, "4 bytes each trained parameter"),
      row("moments of AdamW", training.moments, "8 bytes each trained parameter"),
      row(
        "activations",
        training.activations,
        `${perToken} bytes x ${formatCount(tokens)} tokens ` +
          `(--batch-tokens ${formatCount(batchTokens)} and their masked copies)`,
      ),
      row("the rest", training.rest, "scratch of kernels, buffers that move data"),
      row("to train", training.total, fits),
      row("to predict", prediction, `${formatCount(TAGGING_TOKENS)} tokens at a time`),
    ], { right: [1] }),
  ].join("\n");
}
