import { OptionError } from "../errors.ts";
import type { Encoded } from "./encoded.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What {@linkcode encodeSentence} needs of a tokenizer. */
export type WordEncoder = Pick<Tokenizer, "clsId" | "sepId" | "unkId" | "encodeWord">;

/** How much of a window repeats the end of the window before it. */
const OVERLAP = 1 / 4;
/** How much of a window one word may take once a sentence has to be cut. */
const LONGEST_WORD = 1 / 2;

/**
 * Encodes a sentence of words as one window, or as several where it is longer than the model; no words, no
 * windows.
 *
 * - Each word is encoded alone, and its first subword is its label row. A word without subwords (zero-width
 *   characters only) becomes the unknown token, so that every word has its row.
 * - A sentence of more than `maxTokens` tokens, special tokens included, is cut at word borders into windows
 *   whose neighbours share up to a quarter of a window, so that every word has context on both sides in one
 *   of them.
 * - In such a sentence a word keeps at most as many of its first subwords as fill half a window: its tag is
 *   read at the first, and the rest of a window-long string says less than the words around it.
 *
 * @throws {OptionError} when `maxTokens` is below 3: a subword between two special tokens.
 */
export function encodeSentence(
  tokenizer: WordEncoder,
  words: readonly string[],
  { maxTokens }: { readonly maxTokens: number },
): Encoded[] {
  if (!Number.isInteger(maxTokens) || maxTokens < 3) {
    throw new OptionError(`Expected maxTokens to be an integer of at least 3 but found ${maxTokens}`);
  }
  if (words.length === 0) return [];
  const unknown = [tokenizer.unkId];
  const pieces = words.map((word) => {
    const ids = tokenizer.encodeWord(word);
    return ids.length === 0 ? unknown : ids;
  });
  const room = maxTokens - 2;
  if (pieces.reduce((sum, ids) => sum + ids.length, 0) <= room) {
    return [window(tokenizer, { pieces, words, start: 0, end: words.length })];
  }

  const longest = Math.max(1, Math.floor(room * LONGEST_WORD));
  const cut = pieces.map((ids) => ids.slice(0, longest));
  const windows: Encoded[] = [];
  let start = 0;
  while (true) {
    const end = reach(cut, start, room, 1);
    windows.push(window(tokenizer, { pieces: cut, words, start, end }));
    if (end === words.length) return windows;
    // An overlap of a quarter and a word of at most half a window fit into one, so every window takes a new
    // word.
    start = reach(cut, end - 1, Math.floor(room * OVERLAP), -1) + 1;
  }
}

/** The first word, going from `from` in steps of `step`, that no longer fits into `room` subwords. */
function reach(pieces: readonly (readonly number[])[], from: number, room: number, step: 1 | -1): number {
  let word = from;
  while (word >= 0 && word < pieces.length && pieces[word].length <= room) {
    room -= pieces[word].length;
    word += step;
  }
  return word;
}

function window(
  { clsId, sepId }: WordEncoder,
  { pieces, words, start, end }: {
    pieces: readonly (readonly number[])[];
    words: readonly string[];
    start: number;
    end: number;
  },
): Encoded {
  const ids = [clsId];
  const wordOf = [-1];
  const labelRows: number[] = [];
  for (let word = start; word < end; word++) {
    labelRows.push(ids.length);
    for (const id of pieces[word]) {
      ids.push(id);
      wordOf.push(word);
    }
  }
  ids.push(sepId);
  wordOf.push(-1);
  return { ids, wordOf, labelRows, words: words.slice(start, end), firstWord: start };
}

/**
 * The window in which each word of a sentence counts, `[words]`: the one with the most words between it and
 * the nearest cut edge ("maximum context", Devlin et al. 2019, for long passages of SQuAD), the earlier of
 * two equals. The edges of the sentence itself are no cuts.
 *
 * In training a word's label belongs to this window alone, or words in overlaps would count twice.
 */
export function wordOwners(windows: readonly Encoded[]): number[] {
  const owners: number[] = [];
  const contexts: number[] = [];
  for (const [w, { firstWord, labelRows }] of windows.entries()) {
    for (let i = 0; i < labelRows.length; i++) {
      const left = w === 0 ? Infinity : i;
      const right = w === windows.length - 1 ? Infinity : labelRows.length - 1 - i;
      const context = Math.min(left, right);
      if (context > (contexts[firstWord + i] ?? -1)) {
        contexts[firstWord + i] = context;
        owners[firstWord + i] = w;
      }
    }
  }
  return owners;
}

/**
 * The logits of a sentence, `[words, classes]`, from those of its windows: each word's row is that of the
 * window it counts in ({@linkcode wordOwners}).
 *
 * @param logits for each window its label rows' logits, `[words of the window, classes]`
 * @throws {RangeError} when the logits of a window are not as many as its label rows times `classes`.
 */
export function mergeWindows(
  windows: readonly Encoded[],
  logits: readonly Float32Array[],
  { classes }: { readonly classes: number },
): Float32Array<ArrayBuffer> {
  for (const [w, { labelRows }] of windows.entries()) {
    if (logits[w]?.length !== labelRows.length * classes) {
      throw new RangeError(
        `Expected ${labelRows.length} x ${classes} logits for window ${w} but found ${
          logits[w]?.length ?? "none"
        }`,
      );
    }
  }
  const owners = wordOwners(windows);
  const merged = new Float32Array(owners.length * classes);
  for (const [word, w] of owners.entries()) {
    const row = word - windows[w].firstWord;
    merged.set(logits[w].subarray(row * classes, (row + 1) * classes), word * classes);
  }
  return merged;
}
