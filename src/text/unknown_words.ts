import type { Tokenizer } from "./tokenizer.ts";

/**
 * How many words hold something that a tokenizer has no pieces for: a model sees nothing of it, or of the
 * whole word.
 */
export interface UnknownWords {
  /** All words, those that are there several times as often. */
  readonly words: number;
  /** Of these with the unknown piece, or without a piece. */
  readonly unknown: number;
  /** How many it would be with NFC first. */
  readonly unknownInNfc: number;
}

/** Share of unknown words from which on a person should know. */
const MANY = 0.01;

/** Counts words, those that are there several times as often. */
export function countUnknown(
  { encodeWord, unkId }: Pick<Tokenizer, "encodeWord" | "unkId">,
  sentences: Iterable<{ readonly words: readonly string[] }>,
): UnknownWords {
  const isUnknown = (word: string) => {
    const ids = encodeWord(word);
    return ids.length === 0 || ids.includes(unkId);
  };
  let [all, unknown, unknownInNfc] = [0, 0, 0];
  for (const { words } of sentences) {
    for (const word of words) {
      all++;
      if (!isUnknown(word)) continue;
      unknown++;
      if (isUnknown(word.normalize("NFC"))) unknownInNfc++;
    }
  }
  return { words: all, unknown, unknownInNfc };
}

/** What to say of many unknown words, and what to do; undefined where they are few. */
export function manyUnknown({ words, unknown, unknownInNfc }: UnknownWords): string | undefined {
  if (unknown <= MANY * words) return undefined;
  const share = (count: number) => `${(100 * count / words).toFixed(count < MANY * words ? 2 : 1)} %`;
  const better = unknownInNfc <= 0.9 * unknown
    ? `with NFC first (the setting normalise) it would be ${share(unknownInNfc)}`
    : "take a checkpoint whose vocabulary has the letters of the language";
  return `${share(unknown)} of the training words hold letters that the tokenizer does not know: ${better}`;
}
