import { isCopyOf } from "../data/copies.ts";
import { sampleSentences } from "../data/dataset.ts";
import { hasMention, type Sentence } from "../data/sentence.ts";
import { DataError, OptionError } from "../errors.ts";
import { lacksEntities } from "../training/choice.ts";
import { LEAST_DEV, type StudyPlan } from "./plan.ts";

/** One language, or one corpus. */
export interface StudyData {
  /** Letters, digits, `_` and `.`: it becomes a part of file names. */
  readonly name: string;
  /** All sentences that samples are drawn from. */
  readonly training: readonly Sentence[];
  readonly dev: readonly Sentence[];
  readonly test: readonly Sentence[];
  /** The tags of the whole training file; a sample may lack some. */
  readonly labels: readonly string[];
}

/** The test sample does not depend on the seeds of runs. */
const TEST_SEED = 0;

/** The sentences of a run: a seeded sample that nests over sizes, and dev sentences that it may choose on. */
export function sampleOf(
  { training, dev }: StudyData,
  { size, seed }: { readonly size: number; readonly seed: number },
): { training: Sentence[]; dev: Sentence[] } {
  return {
    training: sampleSentences(training, size, { seed }),
    dev: sampleSentences(dev, Math.max(size, LEAST_DEV), { seed }),
  };
}

/** The test sentences of all runs. */
export function testOf(
  { test }: StudyData,
  { testLimit }: Pick<StudyPlan, "testLimit">,
): readonly Sentence[] {
  return testLimit === 0 ? test : sampleSentences(test, testLimit, { seed: TEST_SEED });
}

/**
 * Refuses data on which a plan cannot be carried out.
 *
 * @throws {OptionError} for a size above the number of sentences, and for names
 * @throws {DataError} for empty parts, and for a test or dev that is not apart
 */
export function checkData(plan: Pick<StudyPlan, "sizes">, data: readonly StudyData[]): void {
  if (data.length === 0) throw new OptionError("Expected data but found none");
  for (const [i, { name, training, dev, test }] of data.entries()) {
    if (!/^[\w.]+$/.test(name)) {
      throw new OptionError(
        `Expected the name of a data set in letters, digits, _ and . but found "${name}"`,
      );
    }
    if (data.findIndex((other) => other.name === name) !== i) {
      throw new OptionError(`Expected different names of data sets but found ${name} twice`);
    }
    for (const [part, sentences] of Object.entries({ training, dev, test })) {
      if (sentences.some(({ words }) => words.length > 0)) continue;
      throw new DataError(`${name}: expected ${part} sentences but found none`);
    }
    const largest = Math.max(...plan.sizes);
    if (largest > training.length) {
      throw new OptionError(
        `${name}: expected sizes up to its ${training.length} training sentences but found ${largest}`,
      );
    }
    const pairs = [["test", test, "training", training], ["test", test, "dev", dev], [
      "dev",
      dev,
      "training",
      training,
    ]];
    for (const [part, sentences, other, others] of pairs as [string, Sentence[], string, Sentence[]][]) {
      const shared = sharedSentences(sentences, others);
      if (2 * shared <= sentences.length) continue;
      throw new DataError(
        `${name}: expected ${part} sentences that are not in ${other} but found ${shared} of ${sentences.length} ` +
          "there: scores on what a model has seen say nothing",
      );
    }
  }
}

/** What is the matter with data on which a plan is carried out all the same. */
export function warningsOn(
  data: StudyData,
  { sizes, seeds, tuning }: Pick<StudyPlan, "sizes" | "seeds" | "tuning">,
): string[] {
  const all = [...seeds, ...tuning?.seeds ?? []];
  const samples = sizes.flatMap((size) => all.map((seed) => ({ size, seed })));
  const without = samples.filter((sample) => !sampleOf(data, sample).dev.some(hasMention));
  if (without.length === 0) return [];
  const which = without.length === samples.length ? "" : ` of ${without.length} of ${samples.length} samples`;
  return [`${data.name}: ${lacksEntities(`the dev sentences${which} have`)}`];
}

/** How many of the sentences have the words of one of the others. */
export function sharedSentences(sentences: readonly Sentence[], others: readonly Sentence[]): number {
  return sentences.length - withoutCopies(sentences, others).length;
}

/** The sentences that do not have the words of one of the others. */
export function withoutCopies(sentences: readonly Sentence[], others: readonly Sentence[]): Sentence[] {
  const isCopy = isCopyOf(others);
  return sentences.filter((sentence) => !isCopy(sentence));
}
