/**
 * What is counted when a run of the study tags the test sentences. Counts, never text: the sentences may be
 * under a licence that forbids to pass them on, and every score, interval and plot of the study comes from
 * counts.
 *
 * @module
 */

import { entitiesOf, type Entity } from "../data/entities.ts";
import { LENGTH_GROUPS, type LengthGroup, lengthGroupOf, mentionText } from "../evaluation/entities.ts";
import { ERROR_KINDS, type ErrorCounts, type ErrorKind, matchEntities } from "../evaluation/errors.ts";
import { checkAligned } from "../evaluation/scores.ts";

/** Entities of one reading (strict) of some sentences; F1 = 2 correct / (gold + predicted). */
export interface EntityCounts {
  /** Gold entities. */
  readonly gold: number;
  /** Predicted entities. */
  readonly predicted: number;
  /** Entities that are equal on both sides: type, first and last word. */
  readonly correct: number;
}

/** Gold entities of a group, and how many of them were found; recall = correct / gold. */
export interface RecallCounts {
  /** Gold entities. */
  readonly gold: number;
  /** Those of them that were predicted with type, first and last word. */
  readonly correct: number;
}

/** Why a measurement is not there, as the end of a sentence: "the checkpoint has no masked-LM head". */
export interface Absent {
  /** The reason. */
  readonly absent: string;
}

/** What a run made of the test sentences; all counts are strict. */
export interface TestCounts {
  /** Entities of each sentence, three columns `[sentences]` in the order of the test sample. */
  readonly sentences: {
    /** Gold entities, `[sentences]`. */
    readonly gold: readonly number[];
    /** Predicted entities, `[sentences]`. */
    readonly predicted: readonly number[];
    /** Entities that are equal on both sides, `[sentences]`. */
    readonly correct: readonly number[];
  };
  /** Findings of each kind, as `matchEntities` tells them apart. */
  readonly errors: ErrorCounts;
  /** By number of words: gold by the gold length, predicted and correct by the predicted length. */
  readonly lengths: Readonly<Record<LengthGroup, EntityCounts>>;
  /**
   * How many entities have 1, 2, 3, ... words: entry i counts those of i + 1 words, both lists equally long.
   */
  readonly lengthHistogram: { readonly gold: readonly number[]; readonly predicted: readonly number[] };
  /** Gold names by their text in training, whatever its type there, and those of three and more words. */
  readonly names: { readonly seen: RecallCounts; readonly unseen: RecallCounts; readonly long: RecallCounts };
  /**
   * The same sentences with every word of a gold name replaced by the mask token: what context alone gives.
   */
  readonly context: EntityCounts | Absent;
  /** Subwords of masked spans that the masked-LM head gives back. */
  readonly recovery: { readonly correct: number; readonly total: number } | Absent;
}

/** What `testCounts` counts; `[sentences][words]` where nothing else is said. */
export interface TestTags {
  /** IOB2 tags. */
  readonly gold: readonly (readonly string[])[];
  /** What the model tagged. */
  readonly predicted: readonly (readonly string[])[];
  /** What the tags belong to. */
  readonly words: readonly (readonly string[])[];
  /** The texts of the mentions in the training sample of the run, from `mentionTexts`. */
  readonly trainingMentions: ReadonlySet<string>;
  /** What the model tagged where the words of gold names were replaced by the mask token. */
  readonly context: readonly (readonly string[])[] | Absent;
  /** Of {@linkcode TestCounts.recovery}. */
  readonly recovery: TestCounts["recovery"];
}

/**
 * Counts what a run made of the test sentences.
 *
 * @throws {DataError} where numbers of sentences or words differ, or a tag is not IOB2
 */
export function testCounts(tags: TestTags): TestCounts {
  const { gold, predicted, words, trainingMentions, context, recovery } = tags;
  checkAligned(gold, predicted, "predicted tags");
  checkAligned(gold, words, "words");
  const sentences = { gold: [] as number[], predicted: [] as number[], correct: [] as number[] };
  const errors = Object.fromEntries(ERROR_KINDS.map((kind) => [kind, 0])) as Record<ErrorKind, number>;
  const lengths = Object.fromEntries(LENGTH_GROUPS.map((group) => [group, noEntities()])) as Record<
    LengthGroup,
    ReturnType<typeof noEntities>
  >;
  const lengthHistogram = { gold: [] as number[], predicted: [] as number[] };
  const names = { seen: noNames(), unseen: noNames(), long: noNames() };
  for (const [i, goldTags] of gold.entries()) {
    const goldEntities = entitiesOf(goldTags, "strict", { where: `gold sentence ${i + 1}` });
    const predictedEntities = entitiesOf(predicted[i], "strict", { where: `predicted sentence ${i + 1}` });
    let correct = 0;
    for (const match of matchEntities(goldEntities, predictedEntities)) {
      errors[match.kind]++;
      const found = match.kind === "correct";
      if (found) correct++;
      if ("predicted" in match) {
        const length = lengths[lengthGroupOf(match.predicted)];
        length.predicted++;
        if (found) length.correct++;
        addLength(lengthHistogram.predicted, match.predicted);
      }
      if ("gold" in match) {
        lengths[lengthGroupOf(match.gold)].gold++;
        addLength(lengthHistogram.gold, match.gold);
        const seen = trainingMentions.has(mentionText(words[i], match.gold)) ? names.seen : names.unseen;
        const groups = match.gold.end - match.gold.start >= 3 ? [seen, names.long] : [seen];
        for (const group of groups) {
          group.gold++;
          if (found) group.correct++;
        }
      }
    }
    sentences.gold.push(goldEntities.length);
    sentences.predicted.push(predictedEntities.length);
    sentences.correct.push(correct);
  }
  const longest = Math.max(lengthHistogram.gold.length, lengthHistogram.predicted.length);
  for (const counts of Object.values(lengthHistogram)) while (counts.length < longest) counts.push(0);
  return {
    sentences,
    errors,
    lengths,
    lengthHistogram,
    names,
    context: "absent" in context ? context : countEntities(gold, context),
    recovery,
  };
}

/** The entities of all sentences together. */
export function totalCounts({ sentences }: Pick<TestCounts, "sentences">): EntityCounts {
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  return {
    gold: total(sentences.gold),
    predicted: total(sentences.predicted),
    correct: total(sentences.correct),
  };
}

/** 2 correct / (gold + predicted), 0 where there is nothing on either side. */
export function f1Of({ gold, predicted, correct }: EntityCounts): number {
  return gold + predicted === 0 ? 0 : 2 * correct / (gold + predicted);
}

/** Strict counts of tags against gold. */
function countEntities(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): EntityCounts {
  checkAligned(gold, predicted, "tags of masked names");
  const counts = noEntities();
  for (const [i, tags] of gold.entries()) {
    for (const match of matchEntities(entitiesOf(tags, "strict"), entitiesOf(predicted[i], "strict"))) {
      if ("gold" in match) counts.gold++;
      if ("predicted" in match) counts.predicted++;
      if (match.kind === "correct") counts.correct++;
    }
  }
  return counts;
}

function noEntities() {
  return { gold: 0, predicted: 0, correct: 0 };
}

function noNames() {
  return { gold: 0, correct: 0 };
}

function addLength(histogram: number[], { start, end }: Entity): void {
  while (histogram.length < end - start) histogram.push(0);
  histogram[end - start - 1]++;
}
