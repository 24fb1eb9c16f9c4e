/**
 * Precision, recall and F1 from counts, and their averages over types, digit for digit as seqeval 1.2.2 gives
 * them.
 *
 * @module
 */

import type { Entity } from "../data/entities.ts";

/** Scores from 0 to 1; a quotient with denominator 0 counts as 0. */
export interface Average {
  /** The share of the predicted entities that are right. */
  readonly precision: number;
  /** The share of the gold entities that were found. */
  readonly recall: number;
  /** The harmonic mean of precision and recall. */
  readonly f1: number;
  /** The number of gold entities. */
  readonly support: number;
}

/** The scores of one group of entities, with the counts they come from. */
export interface Score extends Average {
  /** The number of predicted entities. */
  readonly predicted: number;
  /** The number of entities that are equal on both sides. */
  readonly correct: number;
}

/** Precision = correct / predicted, recall = correct / support, F1 = their harmonic mean. */
export function scoreOf(counts: { correct: number; predicted: number; support: number }): Score {
  const precision = counts.predicted === 0 ? 0 : counts.correct / counts.predicted;
  const recall = counts.support === 0 ? 0 : counts.correct / counts.support;
  const sum = precision + recall;
  const f1 = sum === 0 ? 0 : 2 * precision * recall / sum;
  return { precision, recall, f1, ...counts };
}

/**
 * One score a group. `groupOf` puts every entity into a group by what is seen of it alone (its type, length,
 * text), so recall is over the gold entities of the group, precision over the predicted entities of the
 * group, F1 of both. An entity is correct when type, start and end are equal; then gold and predicted lie in
 * the same group.
 *
 * @param gold the gold entities of each sentence
 * @param predicted the predicted entities of each sentence, as many sentences as `gold`
 */
export function scoreBy(
  gold: readonly (readonly Entity[])[],
  predicted: readonly (readonly Entity[])[],
  { groupOf, groups = [] }: {
    readonly groupOf: (entity: Entity, sentence: number) => string;
    /** Groups that appear, in this order, even when they are empty; others follow in sorted order. */
    readonly groups?: readonly string[];
  },
): Map<string, Score> {
  type Counts = { correct: number; predicted: number; support: number };
  const counts = new Map<string, Counts>();
  const countsOf = (group: string): Counts => {
    const found = counts.get(group) ?? { correct: 0, predicted: 0, support: 0 };
    counts.set(group, found);
    return found;
  };
  for (const [sentence, goldEntities] of gold.entries()) {
    const keys = new Set(goldEntities.map(keyOf));
    for (const entity of goldEntities) countsOf(groupOf(entity, sentence)).support++;
    for (const entity of predicted[sentence]) {
      const group = countsOf(groupOf(entity, sentence));
      group.predicted++;
      if (keys.has(keyOf(entity))) group.correct++;
    }
  }
  const others = [...counts.keys()].filter((group) => !groups.includes(group)).sort();
  return new Map([...groups, ...others].map((group) => [group, scoreOf(countsOf(group))]));
}

/** A string that two entities of a sentence share exactly when type, start and end are equal. */
export function keyOf({ type, start, end }: Entity): string {
  return `${start} ${end} ${type}`;
}

/** All entities in one pot. */
export function microAverage(scores: readonly Score[]): Score {
  const total = (count: "correct" | "predicted" | "support") => scores.reduce((sum, s) => sum + s[count], 0);
  return scoreOf({ correct: total("correct"), predicted: total("predicted"), support: total("support") });
}

/** The plain mean over the groups; 0 when there are none (seqeval: NaN). */
export function macroAverage(scores: readonly Score[]): Average {
  return weightedMean(scores, () => 1);
}

/** The mean over the groups weighted by support; 0 when there is no gold entity. */
export function weightedAverage(scores: readonly Score[]): Average {
  return weightedMean(scores, (score) => score.support);
}

function weightedMean(scores: readonly Score[], weightOf: (score: Score) => number): Average {
  const weight = pairwiseSum(scores.map(weightOf));
  const mean = (key: "precision" | "recall" | "f1") =>
    weight === 0 ? 0 : pairwiseSum(scores.map((score) => score[key] * weightOf(score))) / weight;
  return {
    precision: mean("precision"),
    recall: mean("recall"),
    f1: mean("f1"),
    support: scores.reduce((sum, { support }) => sum + support, 0),
  };
}

/**
 * The sum in NumPy's order (for up to 128 numbers): from 8 numbers on it keeps eight running sums. Adding up
 * from left to right would differ from seqeval in the last digit on tag sets of 8 and more types.
 */
function pairwiseSum(values: readonly number[]): number {
  const unrolled = values.length < 8 ? 0 : values.length - values.length % 8;
  const lanes = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < unrolled; i++) lanes[i % 8] += values[i];
  const [a, b, c, d, e, f, g, h] = lanes;
  return values.slice(unrolled).reduce(
    (sum, value) => sum + value,
    ((a + b) + (c + d)) + ((e + f) + (g + h)),
  );
}
