import type { Sentence } from "./sentence.ts";

/** Sentences that stand in other data, too, word for word. */
export interface Copies {
  readonly count: number;
  /** Those of them that have other tags wherever they stand there. */
  readonly otherTags: number;
}

/** Of the sentences, which stand among others. */
export function isCopyOf(others: Iterable<Sentence>): (sentence: Pick<Sentence, "words">) => boolean {
  const known = new Set<string>();
  for (const { words } of others) known.add(keyOf(words));
  return ({ words }) => known.has(keyOf(words));
}

/** Counts the sentences that stand among others. */
export function copiesIn(sentences: readonly Sentence[], others: readonly Sentence[]): Copies {
  const isCopy = isCopyOf(others);
  const copies = sentences.filter(isCopy);
  const known = new Set(others.map(tagged));
  return { count: copies.length, otherTags: copies.filter((copy) => !known.has(tagged(copy))).length };
}

function tagged({ words, tags }: Sentence): string {
  return `${keyOf(words)}\n\n${tags.join(" ")}`;
}

/** A line break stands in no word that a file in columns can hold. */
function keyOf(words: readonly string[]): string {
  return words.join("\n");
}
