/** What scores tell entities apart by: their length and their text. */

import { entitiesOf, type Entity } from "../data/entities.ts";
import type { Sentence } from "../data/sentence.ts";

/** A number of words by which scores are told apart. */
export type LengthGroup = "1" | "2" | "3" | "4+";

/** All of them, in order. */
export const LENGTH_GROUPS: readonly LengthGroup[] = ["1", "2", "3", "4+"];

/** The group of an entity's length. */
export function lengthGroupOf({ start, end }: Entity): LengthGroup {
  return LENGTH_GROUPS[Math.min(end - start, LENGTH_GROUPS.length) - 1];
}

/** The text of a mention as scores compare it: its words with one space between, case and accents kept. */
export function mentionText(words: readonly string[], entity: Entity): string {
  return words.slice(entity.start, entity.end).join(" ");
}

/** The text of every mention in labelled sentences (strict reading), whatever its type. */
export function mentionTexts(sentences: Iterable<Sentence>): Set<string> {
  const texts = new Set<string>();
  for (const { words, tags } of sentences) {
    for (const entity of entitiesOf(tags, "strict")) texts.add(mentionText(words, entity));
  }
  return texts;
}
