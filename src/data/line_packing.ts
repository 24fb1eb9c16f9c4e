import { encodeSentence } from "../text/alignment.ts";
import type { Encoded } from "../text/encoded.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { splitWords } from "../text/words.ts";

/** A line of raw text. */
export interface Line {
  readonly text: string;
  /** Bytes that it takes in its file, with its line break. */
  readonly bytes: number;
}

/**
 * A sequence of running text, and the bytes of the file that it stands for, so that a reader knows how far it
 * is.
 */
export interface TextSequence {
  readonly encoded: Encoded;
  readonly bytes: number;
}

/**
 * Turns lines into sequences of at most `maxTokens` tokens, special tokens included.
 *
 * Lines that follow each other are joined as long as they fit: masked words get more context than one short
 * line has, and all positions are trained. A blank line, or the end, ends a sequence: what stands on both
 * sides of it need not belong together. A line that is too long is cut at word borders, without overlap; a
 * word that is too long for a sequence keeps its first subwords.
 */
export function* packLines(
  lines: Iterable<Line>,
  { tokenizer, maxTokens }: { readonly tokenizer: Tokenizer; readonly maxTokens: number },
): Generator<TextSequence> {
  const room = maxTokens - 2;
  const size = (word: string) => Math.min(room, Math.max(1, tokenizer.encodeWord(word).length));
  let words: string[] = [];
  let used = 0;
  let bytes = 0;
  function* close(): Generator<TextSequence> {
    if (words.length === 0) return;
    // All words fit, or it is a single one: there is one window.
    const [encoded] = encodeSentence(tokenizer, words, { maxTokens });
    yield { encoded, bytes };
    words = [];
    used = 0;
    bytes = 0;
  }
  for (const line of lines) {
    const spans = splitWords(line.text);
    const sizes = spans.map(({ text }) => size(text));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total === 0 || used + total > room) yield* close();
    // A line that is cut counts for its sequences word by word, so that they sum up to it.
    let counted = 0;
    for (const [i, { text }] of spans.entries()) {
      if (used + sizes[i] > room) yield* close();
      words.push(text);
      used += sizes[i];
      const upToHere = Math.round(line.bytes * (i + 1) / spans.length);
      bytes += upToHere - counted;
      counted = upToHere;
    }
    bytes += line.bytes - counted;
  }
  yield* close();
}
