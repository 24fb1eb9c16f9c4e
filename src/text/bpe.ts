/**
 * Byte-pair encoding (Sennrich et al. 2016, "Neural machine translation of rare words with subword units").
 */

import { bytePieces } from "./byte_pieces.ts";

/** The `model` of a tokenizer.json, checked by tokenizer_model.ts. */
export interface BpeConfig {
  readonly vocab: Readonly<Record<string, number>>;
  /**
   * Pairs of pieces in the order in which they are joined; of old files texts with a space between the two.
   */
  readonly merges: readonly (string | readonly [string, string])[];
  readonly unk_token?: string | null;
  /** What pieces have in front that do not begin a text. */
  readonly continuing_subword_prefix?: string | null;
  /** What a piece has behind that ends a text. */
  readonly end_of_word_suffix?: string | null;
  /** Whether unknown characters side by side are one unknown piece. */
  readonly fuse_unk?: boolean | null;
  /** Whether an unknown character is written as its bytes, `<0xE1>`. */
  readonly byte_fallback?: boolean | null;
  /** Whether a text that is a piece is not cut. */
  readonly ignore_merges?: boolean | null;
}

interface Merge {
  readonly rank: number;
  readonly joined: string;
}

/**
 * Cuts texts into pieces, in the order and with the treatment of unknown characters of Hugging Face's Rust
 * tokenizers. The package's own model joins pieces over what it has left out, and knows neither
 * `continuing_subword_prefix` nor unknown pieces that stay apart.
 */
export class Bpe {
  readonly #config: BpeConfig;
  readonly #pieces: ReadonlySet<string>;
  readonly #merges = new Map<string, Map<string, Merge>>();

  constructor(config: BpeConfig) {
    this.#config = config;
    this.#pieces = new Set(Object.keys(config.vocab));
    const prefix = config.continuing_subword_prefix?.length ?? 0;
    for (const [rank, merge] of config.merges.entries()) {
      const [left, right] = typeof merge === "string" ? merge.split(" ") : merge;
      let behind = this.#merges.get(left);
      if (!behind) this.#merges.set(left, behind = new Map());
      behind.set(right, { rank, joined: left + right.slice(prefix) });
    }
  }

  /**
   * The pieces of a text.
   *
   * @param onJoin is told every piece that is made on the way, those included that others are made of
   */
  encode(text: string, onJoin?: (piece: string) => void): string[] {
    if (this.#config.ignore_merges && this.#pieces.has(text)) return [text];
    return this.#join(this.#characters(text), onJoin);
  }

  /** Characters with their marks, as far as they are pieces. */
  #characters(text: string): string[] {
    const { unk_token, continuing_subword_prefix, end_of_word_suffix, fuse_unk, byte_fallback } =
      this.#config;
    const pieces: string[] = [];
    let isUnknown = false;
    const characters = [...text];
    for (const [i, character] of characters.entries()) {
      const prefix = i > 0 ? continuing_subword_prefix ?? "" : "";
      const suffix = i === characters.length - 1 ? end_of_word_suffix ?? "" : "";
      const piece = prefix + character + suffix;
      if (this.#pieces.has(piece)) {
        if (isUnknown) pieces.push(unk_token!);
        isUnknown = false;
        pieces.push(piece);
        continue;
      }
      const bytes = byte_fallback ? bytePieces(piece) : [];
      if (bytes.length > 0 && bytes.every((byte) => this.#pieces.has(byte))) {
        // An unknown character before them comes behind them, as in Rust.
        pieces.push(...bytes);
      } else if (typeof unk_token === "string") {
        if (isUnknown && !fuse_unk) pieces.push(unk_token);
        isUnknown = true;
      }
    }
    if (isUnknown) pieces.push(unk_token!);
    return pieces;
  }

  /** Joins the pair of the lowest rank, of equals the first, until there is none. */
  #join(pieces: string[], onJoin?: (piece: string) => void): string[] {
    const next = pieces.map((_, i) => i + 1);
    const before = pieces.map((_, i) => i - 1);
    const isGone = new Uint8Array(pieces.length);
    const queue = new Queue();
    const look = (at: number) => {
      if (at < 0 || next[at] >= pieces.length) return;
      const merge = this.#merges.get(pieces[at])?.get(pieces[next[at]]);
      if (merge) queue.push({ at, ...merge });
    };
    pieces.forEach((_, i) => look(i));
    for (let top = queue.pop(); top; top = queue.pop()) {
      const { at, joined } = top;
      const right = next[at];
      // What waits may be of pieces that have been joined meanwhile.
      if (isGone[at] || right >= pieces.length) continue;
      if (this.#merges.get(pieces[at])?.get(pieces[right])?.joined !== joined) continue;
      pieces[at] = joined;
      onJoin?.(joined);
      isGone[right] = 1;
      next[at] = next[right];
      if (next[at] < pieces.length) before[next[at]] = at;
      look(before[at]);
      look(at);
    }
    return pieces.filter((_, i) => !isGone[i]);
  }
}

interface Waiting extends Merge {
  readonly at: number;
}

/** A heap: words have up to thousands of pairs. */
class Queue {
  readonly #heap: Waiting[] = [];

  push(item: Waiting): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(item, heap[parent]); parent = (at - 1) >> 1) {
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = item;
  }

  pop(): Waiting | undefined {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.rank < b.rank || a.rank === b.rank && a.at < b.at;
}
