import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { maxTokens, readConfig } from "../../src/model/config.ts";
import type { ModelConfig } from "../../src/nn/config.ts";
import type { DenoStore } from "../../src/cli/files/deno_store.ts";
import { openModelFolder, readLabelledFile } from "../../src/cli/files/files.ts";
import { planBatches } from "../../src/data/batching.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { tagIndexes, type TagSet, tagSet } from "../../src/data/tag_set.ts";
import type { Device } from "../../src/device/device.ts";
import { yieldToHost } from "../../src/device/yield_to_host.ts";
import { ModelTagger } from "../../src/inference/model_tagger.ts";
import { tagSentences } from "../../src/inference/tagger.ts";
import { openModel } from "../../src/model/open.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { groupOf } from "../../src/optim/groups.ts";
import { encodeSentence } from "../../src/text/alignment.ts";
import type { Tokenizer } from "../../src/text/tokenizer.ts";
import type { Contribution } from "../../src/run/contribution.ts";
import { LossLog } from "../../src/run/loss_log.ts";
import { accumulateGradients } from "../../src/run/step.ts";

const SEED = 1;
const LEARNING_RATE = 1e-5;

/** A piece of work of some tokens, to be done again and again. */
export interface Work {
  /** Real tokens of each turn, `[turns]`. */
  readonly tokens: readonly number[];
  /** Does a turn, from 0; may return before the device is done. */
  turn(index: number): Promise<void>;
  /** Waits until all turns so far are done. */
  finish(): Promise<void>;
}

/** A model's folder, and the sentences that it works on. */
export interface Material {
  readonly store: DenoStore;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly tags: TagSet;
  readonly sentences: readonly Sentence[];
  readonly contributions: readonly Contribution[];
  /** Numbers of the sentences of each batch. */
  readonly batches: readonly (readonly number[])[];
}

/**
 * Reads the folder `model` and the CoNLL file `data`, and packs its sentences up to `batchTokens`, in a
 * seeded order.
 *
 * @throws {LacunaError} for files that are damaged or do not fit
 */
export async function readMaterial(
  { model, data, batchTokens }: { model: string; data: string; batchTokens: number },
): Promise<Material> {
  const store = await openModelFolder(model);
  const config = await readConfig(store, "");
  const { tokenizer } = await openTokenizer(store, { dir: "", config });
  const { sentences } = await readLabelledFile(data);
  const tags = tagSet(sentences, { file: data });
  const contributions = sentences.map((sentence): Contribution => {
    // Long sentences are rare; a first window stands for them.
    const [encoded] = encodeSentence(tokenizer, sentence.words, { maxTokens: maxTokens(config) });
    const labels = tagIndexes(tags, sentence).slice(0, encoded.labelRows.length);
    return { sequences: [{ ...encoded, labels, mlmRows: [], mlmTargets: [], spans: [] }], maskable: 0 };
  });
  const lengths = contributions.map(tokensOf);
  const batches = planBatches(lengths, { batchTokens, seed: SEED, epoch: 0 });
  return { store, config, tokenizer, tags, sentences, contributions, batches };
}

/** What a training step works on: words and their tokenizer are behind it. */
export type TrainingMaterial = Omit<Material, "tokenizer" | "sentences">;

/**
 * Steps of fine-tuning as the trainer takes them, without masking: all parameters learn, dropout as in
 * config.json.
 */
export async function trainingWork(device: Device, material: TrainingMaterial): Promise<Work> {
  const model = await openTaggingModel(device, material, { trained: true });
  const optimizer = new AdamW(device, model.parameters);
  const log = new LossLog<{ step: number }>(device, () => {});
  const { batches, contributions } = material;
  return {
    tokens: batches.map((batch) => tokensIn(batch, contributions)),
    async turn(index) {
      await yieldToHost();
      await accumulateGradients(model, [batches[index % batches.length].map((i) => contributions[i])], {
        seed: SEED,
        step: index,
        lambda: 0,
        dropout: true,
        recompute: false,
        losses: log.next(),
        pause: (microBatch) => log.pause(microBatch),
      });
      optimizer.step(index + 1, LEARNING_RATE);
      await log.push({ step: index + 1 }, optimizer);
    },
    async finish() {
      await log.flush(optimizer);
      await device.flush();
    },
  };
}

/** Passes over the sentences of the first `count` batches, words in and tags out. */
export async function predictionWork(
  device: Device,
  { count, ...material }: Material & { readonly count: number },
): Promise<Work> {
  const model = await openTaggingModel(device, material, { trained: false });
  const tagger = new ModelTagger(model, material.tokenizer);
  const { batches, contributions, sentences } = material;
  const chosen = Array.from({ length: count }, (_, i) => batches[i % batches.length]).flat();
  const words = chosen.map((i) => sentences[i].words);
  return {
    tokens: [tokensIn(chosen, contributions)],
    turn: async () => void await tagSentences(tagger, words),
    finish: () => device.flush(),
  };
}

async function openTaggingModel(
  device: Device,
  { store, config, tags }: Pick<Material, "store" | "config" | "tags">,
  { trained }: { trained: boolean },
) {
  const { numHiddenLayers } = config;
  const { model } = await openModel(device, store, {
    dir: "",
    config,
    seed: SEED,
    tagging: tokenClassification.of(tags.labels),
    group: trained ? (spec) => groupOf(spec, { numHiddenLayers }) : undefined,
  });
  return model;
}

function tokensIn(batch: readonly number[], contributions: readonly Contribution[]): number {
  return batch.reduce((sum, i) => sum + tokensOf(contributions[i]), 0);
}

function tokensOf({ sequences }: Contribution): number {
  return sequences.reduce((sum, { ids }) => sum + ids.length, 0);
}
