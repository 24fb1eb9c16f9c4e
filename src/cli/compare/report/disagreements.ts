/** Test sentences in which an arm and its control disagree, with their tags. */

import type { Sentence } from "../../../data/sentence.ts";
import { entitiesOf } from "../../../data/entities.ts";
import { matchEntities } from "../../../evaluation/errors.ts";

/** One sentence with three readings, `[words]` each. */
export interface Disagreement {
  readonly arm: string;
  readonly dataset: string;
  readonly size: number;
  readonly seed: number;
  /** Counted from 1 in the test sample. */
  readonly sentence: number;
  readonly words: readonly string[];
  readonly gold: readonly string[];
  readonly control: readonly string[];
  readonly treatment: readonly string[];
  /** Wrong findings of the control minus those of the arm: positive where the arm is better. */
  readonly gain: number;
}

/** Sentences shown for each arm and data set, of those where it is better and of those where it is worse. */
const EACH = 3;

/**
 * The sentences with the largest gain and with the largest loss of one run against another, the first ones at
 * a tie.
 */
export function disagreementsOf(
  test: readonly Sentence[],
  { control, treatment }: {
    readonly control: readonly (readonly string[])[];
    readonly treatment: readonly (readonly string[])[];
  },
): Omit<Disagreement, "arm" | "dataset" | "size" | "seed">[] {
  const all = test.flatMap(({ words, tags: gold }, i) => {
    const [own, other] = [treatment[i], control[i]];
    if (own.join(" ") === other.join(" ")) return [];
    const gain = wrong(gold, other) - wrong(gold, own);
    return [{ sentence: i + 1, words, gold, control: other, treatment: own, gain }];
  });
  const better = all.filter(({ gain }) => gain > 0).sort((a, b) => b.gain - a.gain).slice(0, EACH);
  const worse = all.filter(({ gain }) => gain < 0).sort((a, b) => a.gain - b.gain).slice(0, EACH);
  return [...better, ...worse];
}

/** Tags as a run left them, a sentence a line; undefined where they are not those of these sentences. */
export function parseTags(text: string, test: readonly Sentence[]): string[][] | undefined {
  const lines = text.split("\n").slice(0, -1).map((line) => line === "" ? [] : line.split(" "));
  const fits = lines.length === test.length && lines.every((tags, i) => tags.length === test[i].words.length);
  return fits ? lines : undefined;
}

function wrong(gold: readonly string[], tags: readonly string[]): number {
  return matchEntities(entitiesOf(gold, "strict"), entitiesOf(tags, "strict"))
    .filter(({ kind }) => kind !== "correct").length;
}
