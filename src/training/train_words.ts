import { trainWordCrf } from "../crf/train_word_crf.ts";
import type { WordCrf } from "../crf/word_crf.ts";
import type { Sentence } from "../data/sentence.ts";
import { tagIndexes, tagSet, tagSetOf } from "../data/tag_set.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { mentionTexts } from "../evaluation/entities.ts";
import { evaluateTagger } from "../inference/evaluate.ts";
import { WordTagger } from "../inference/word_tagger.ts";
import type { RunInput } from "../run/input.ts";
import { inOwnFolder, RunFolder } from "../run/run_folder.ts";
import type { WordTrainingResult } from "./events.ts";
import type { TrainingInput } from "./input.ts";

/** What a tagger of words alone learns from, and where it goes. */
export type WordTrainingInput =
  & Pick<RunInput<never>, "out" | "lock" | "signal">
  & Pick<TrainingInput, "training" | "labels" | "test">
  & Partial<Pick<TrainingInput, "dev">>;

/** A CRF of word features, and how it does. */
export interface ScoredWords extends WordTrainingResult {
  readonly crf: WordCrf;
}

/**
 * Trains a tagger without an encoder, a CRF of word features (src/crf/train_word_crf.ts), and saves it. It
 * takes seconds, needs no device and no checkpoint, and cannot be resumed; the same sentences give the same
 * bytes on every machine.
 *
 * @throws {LacunaError} for input that cannot work, before anything is written
 * @throws the signal's reason, if it is aborted: then nothing was written
 */
export async function trainWords(input: WordTrainingInput): Promise<WordTrainingResult> {
  const { out, training, dev = [], test = [], signal } = input;
  const tags = input.labels ? tagSetOf(input.labels) : tagSet(training);
  for (const [file, sentences] of Object.entries({ training, dev, test })) {
    for (const sentence of sentences) tagIndexes(tags, sentence, { file });
  }
  return await inOwnFolder(input, async () => {
    const { crf, ...result } = await scoreWords({ training, labels: tags.labels, dev, test, signal });
    await new RunFolder(out, { resumed: false }).saveWords(crf);
    return result;
  });
}

/**
 * Trains a CRF of word features and scores it.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function scoreWords(
  { training, labels, dev, test, signal }: {
    readonly training: readonly Sentence[];
    readonly labels: readonly string[];
    readonly dev: readonly Sentence[];
    readonly test: readonly Sentence[];
    readonly signal?: AbortSignal;
  },
): Promise<ScoredWords> {
  const crf = await trainWordCrf(training, { labels, pause: () => yieldToHost(signal) });
  // The report knows nothing of scores, so no temperature has to be found for them.
  const options = { trainingMentions: mentionTexts(training), temperature: 1, signal };
  const score = async (sentences: readonly Sentence[]) =>
    sentences.length === 0
      ? undefined
      : (await evaluateTagger(new WordTagger(crf), sentences, options)).report;
  const features = crf.parts.weights.length / labels.length;
  return { crf, features, dev: await score(dev), test: await score(test) };
}
