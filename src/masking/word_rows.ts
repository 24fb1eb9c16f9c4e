import type { Encoded } from "../text/encoded.ts";
import type { TokenSpan } from "./strategy.ts";

/** The rows of one word in its window, and the number of the word in the sentence. */
export interface WordRows extends TokenSpan {
  readonly word: number;
}

/**
 * The words of a window with their rows, in order. Special tokens belong to no word, so nobody can choose
 * them.
 */
export function wordRows({ wordOf }: Encoded): WordRows[] {
  const words: WordRows[] = [];
  for (let start = 0, end = 0; start < wordOf.length; start = end) {
    end = start + 1;
    while (end < wordOf.length && wordOf[end] === wordOf[start]) end++;
    if (wordOf[start] >= 0) words.push({ word: wordOf[start], start, end });
  }
  return words;
}

/** How many rows a span has. */
export function size({ start, end }: TokenSpan): number {
  return end - start;
}

/** How many rows of a window can be masked: all subwords, no special tokens. */
export function maskableTokens({ wordOf }: Encoded): number {
  return wordOf.reduce((count, word) => word < 0 ? count : count + 1, 0);
}
