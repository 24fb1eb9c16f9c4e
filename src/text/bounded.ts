/**
 * An end to how long a text can grow on its way through a tokenizer. Each part is harmless, but a hundred
 * bytes a character from one, a hundred from the next and so on fill any memory.
 */

import { SequenceDecoder } from "../dependencies.ts";

/** The UTF-16 units of a word that are encoded. */
export const LONGEST_WORD = 8192;

/** At most {@linkcode LONGEST_WORD} units of a word, without half a surrogate pair at the cut. */
export function beginning(word: string): string {
  if (word.length <= LONGEST_WORD) return word;
  return word.slice(0, LONGEST_WORD).replace(/[\ud800-\udbff]$/, "");
}

/** The first of these pieces, of which so many are as long as a word may be. */
function beginningOf(pieces: readonly string[]): string[] {
  const kept: string[] = [];
  for (let room = LONGEST_WORD; kept.length < pieces.length && room > 0; room -= kept.at(-1)!.length) {
    kept.push(beginning(pieces[kept.length]));
  }
  return kept;
}

/** Lets every part of a decoder, in place, give on no more than the longest word that is encoded. */
export function boundDecoder(decoder: unknown): void {
  if (!(decoder instanceof SequenceDecoder)) return;
  const parts = decoder.decoders;
  parts.forEach(boundDecoder);
  decoder.decode_chain = (tokens) =>
    parts.reduce((tokens, part) => beginningOf(part.decode_chain(tokens)), tokens);
}
