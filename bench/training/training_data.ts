import { join } from "@std/path";
import { maxTokens, readConfig } from "../../src/model/config.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { readLabelledFile } from "../../src/cli/files/files.ts";
import { sampleSentences } from "../../src/data/dataset.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { tagIndexes, tagSet } from "../../src/data/tag_set.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { Random } from "../../src/random/random.ts";
import { encodeSentence } from "../../src/text/alignment.ts";
import { checkSettings } from "../../src/training/settings.ts";
import { runHeader, type RunSequence } from "./run_file.ts";

/** Batches a pool that is sorted by length, as transformers groups by length. */
const BATCHES_A_POOL = 50;
/** Sentences a batch of the peer's prediction. */
const PREDICTED_BATCH = 16;

/** What the two sides work on. */
export interface DataOptions {
  /** Folder of the checkpoint. */
  readonly model: string;
  /** CoNLL files of training and of prediction. */
  readonly train: string;
  readonly predict: string;
  /** Batches of the peer that are trained, and sentences of each. */
  readonly steps: number;
  readonly batchSentences: number;
  /** Sentences that are predicted. */
  readonly sentences: number;
  readonly seed: number;
  /** Where the run files go. */
  readonly out: string;
}

/** Paths of the run files. */
export interface RunFiles {
  /** The sentences of training as they come, in batches of `batchSentences`. */
  readonly padded: string;
  /** The same sentences, neighbours in length in a batch. */
  readonly grouped: string;
  /** Other sentences, sorted by length; `sentences` has their words. */
  readonly prediction: string;
  /** Real tokens of training, special ones included. */
  readonly tokens: number;
}

/**
 * Writes what both sides work on.
 *
 * Grouping by length is at its best on a whole data set: a pool of sentences is drawn and sorted, and from its 50
 * batches as many are taken as steps are asked for, at even distances, so that short and long ones are there in their
 * share. The other orders are of these very sentences.
 */
export async function writeRuns(
  { model, out, seed, steps, batchSentences, ...options }: DataOptions,
): Promise<RunFiles> {
  const store = new DenoStore(model);
  const config = await readConfig(store, "");
  const { tokenizer } = await openTokenizer(store, { dir: "", config });
  const training = await readSentences(options.train);
  const tags = tagSet(training);
  const settings = checkSettings({ masking: "none", seed });
  const header = await runHeader({ model, folder: out, labels: tags.labels, settings });
  // Long sentences are rare; a first window stands for them.
  const encode = (sentence: Sentence): RunSequence => {
    const [{ ids, labelRows }] = encodeSentence(tokenizer, sentence.words, { maxTokens: maxTokens(config) });
    return { ids, labelRows, labels: tagIndexes(tags, sentence).slice(0, labelRows.length) };
  };
  const write = async (name: string, batches: RunSequence[][], more = {}) => {
    const planned = batches.map((sequences) => ({
      epoch: 1,
      learningRateMultiplier: 1,
      microBatches: [{ sequences }],
    }));
    const path = join(out, name);
    await Deno.writeTextFile(path, JSON.stringify({ ...header, ...more, steps: planned, evaluation: null }));
    return path;
  };
  const random = new Random(seed, "bench");
  const pool = sampleSentences(training, batchSentences * BATCHES_A_POOL, { seed }).map(encode);
  const sorted = inBatches(pool.toSorted((a, b) => a.ids.length - b.ids.length), batchSentences);
  const taken = Array.from(
    { length: steps },
    (_, i) => sorted[Math.floor((i + 0.5) * sorted.length / steps)],
  );

  const predicted = sampleSentences(await readSentences(options.predict), options.sentences, { seed });
  const prediction = inBatches(
    predicted.map((sentence) => ({ ...encode(sentence), labels: [] }))
      .sort((a, b) => a.ids.length - b.ids.length),
    PREDICTED_BATCH,
  );
  return {
    padded: await write("padded.json", inBatches(random.shuffle(taken.flat()), batchSentences)),
    grouped: await write("grouped.json", random.shuffle(taken)),
    prediction: await write("prediction.json", prediction, {
      sentences: predicted.map(({ words }) => words),
    }),
    tokens: taken.flat().reduce((sum, { ids }) => sum + ids.length, 0),
  };
}

async function readSentences(file: string): Promise<Sentence[]> {
  return (await readLabelledFile(file)).sentences;
}

function inBatches<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
