import { maxTokens, readConfig } from "../model/config.ts";
import type { Sentence } from "../data/sentence.ts";
import { type ComputeDevice, deviceOf } from "../device/device.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { mentionTexts } from "../evaluation/entities.ts";
import { ModelTagger } from "../inference/model_tagger.ts";
import { tagSentences } from "../inference/tagger.ts";
import { maskedSequence } from "../masking/objective.ts";
import { maskingStrategy } from "../masking/registry.ts";
import type { Model } from "../model/model.ts";
import { loadParameters, openModel } from "../model/open.ts";
import { openJoinedWords } from "../model/words_file.ts";
import { tokenClassification } from "../nn/heads/token_classification.ts";
import { openTokenizer } from "../model/tokenizer_files.ts";
import { scoreHeldOut } from "../pretraining/held_out.ts";
import { Random } from "../random/random.ts";
import { encodeSentence } from "../text/alignment.ts";
import type { Encoded } from "../text/encoded.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { maskVocabulary } from "../run/contribution.ts";
import type { Place, StartingPoint } from "../run/input.ts";
import { type TestCounts, testCounts } from "./counts.ts";

/** The best model of a run, and what it is tested on. */
export interface MeasureInput {
  readonly device: ComputeDevice;
  /** Where the best model is. */
  readonly best: Place;
  /** What it began from: where the run trained no masked-LM head, the one of this checkpoint is taken. */
  readonly start: StartingPoint;
  readonly test: readonly Sentence[];
  /** What it learnt from. */
  readonly training: readonly Sentence[];
  readonly signal?: AbortSignal;
}

/** What the test sentences showed. */
export interface Measured {
  readonly counts: TestCounts;
  /** The tags of every sentence, `[sentences][words]`. */
  readonly tags: readonly (readonly string[])[];
}

/** Masks of recovery do not depend on the seed of a run, so that runs can be compared. */
const SEED = 0;

/**
 * Tags the test sentences, tags them again without their names, and predicts masked spans of them.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function measureTest(input: MeasureInput): Promise<Measured> {
  const { device, best, start, test, training, signal } = input;
  const config = await readConfig(best.store, best.dir);
  const { tokenizer } = await openTokenizer(best.store, { dir: best.dir, config });
  const joined = await openJoinedWords(best.store, { dir: best.dir, labels: config.id2label });
  const { model, fresh } = await openModel(deviceOf(device), best.store, {
    dir: best.dir,
    config,
    seed: 0,
    tagging: tokenClassification.of(config.id2label),
    maskedLm: true,
    signal,
  });
  try {
    const tagger = new ModelTagger(model, tokenizer, { words: joined });
    const words = test.map(({ words }) => words);
    const tagged = await tagSentences(tagger, words, { signal });
    const tags = tagged.map(({ tags }) => tags);
    const mask = maskWord(tokenizer);
    const context = mask === undefined
      ? { absent: "the tokenizer has no mask token" }
      : await tagSentences(tagger, test.map((sentence) => withoutNames(sentence, mask)), { signal });
    const counts = testCounts({
      gold: test.map(({ tags }) => tags),
      predicted: tags,
      words,
      trainingMentions: mentionTexts(training),
      context: "absent" in context ? context : context.map(({ tags }) => tags),
      recovery: await hasMaskedLm(model, { fresh, start })
        ? await recover(model, { tokenizer, words, signal })
        : { absent: "there is no masked-LM head, neither in the checkpoint nor from the run" },
    });
    return { counts, tags };
  } finally {
    model.free();
  }
}

/** The words of a sentence with the mask in place of every word of a gold name. */
export function withoutNames({ words, tags }: Sentence, mask: string): string[] {
  return words.map((word, i) => tags[i] === "O" ? word : mask);
}

/** The word that becomes the mask token and nothing else. */
function maskWord(tokenizer: Tokenizer): string | undefined {
  const { maskId: id } = tokenizer;
  const word = id === undefined ? undefined : tokenizer.idToToken(id);
  const ids = word === undefined ? [] : tokenizer.encodeWord(word);
  return ids.length === 1 && ids[0] === id ? word : undefined;
}

/** Whether the model has a masked-LM head that was trained, in the run or before it. */
async function hasMaskedLm(
  model: Model,
  { fresh, start }: { fresh: readonly string[]; start: StartingPoint },
): Promise<boolean> {
  if (!model.maskedLm) return false;
  if (fresh.length === 0) return true;
  return !start.scratch && await loadParameters(model, start.store, { dir: start.dir, names: fresh });
}

/** Subwords of masked spans that get their piece back, as in training 15 % of all. */
async function recover(
  model: Model,
  { tokenizer, words, signal }: {
    tokenizer: Tokenizer;
    words: readonly (readonly string[])[];
    signal?: AbortSignal;
  },
): Promise<TestCounts["recovery"]> {
  const masking = { strategy: maskingStrategy("span"), vocabulary: maskVocabulary(tokenizer) };
  const windows: Encoded[] = [];
  for (const sentence of words) {
    await yieldToHost(signal);
    windows.push(...encodeSentence(tokenizer, sentence, { maxTokens: maxTokens(model.config) }));
  }
  const sequences = windows.flatMap((encoded, i) =>
    maskedSequence({ encoded }, { ...masking, random: new Random(SEED, "recovery", i) }) ?? []
  );
  const masked = sequences.reduce((sum, { mlmTargets }) => sum + mlmTargets.length, 0);
  if (masked === 0) return { absent: "the test sentences are too short to mask spans of them" };
  const scores = await scoreHeldOut(model, { sequences, summary: { masked } }, { signal });
  return { correct: Math.round(scores.accuracy * masked), total: masked };
}
