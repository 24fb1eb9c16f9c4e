import type { Encoded } from "../text/encoded.ts";
import type { TokenSpan } from "./strategy.ts";
import { size, type WordRows, wordRows } from "./word_rows.ts";

/**
 * The words of a window while a strategy chooses among them: a word is free, masked, or barred from masking.
 * Words are addressed by their index in the window, not by their number in the sentence.
 */
export class WordChoice {
  readonly words: readonly WordRows[];
  readonly #state: ("free" | "masked" | "barred")[];

  constructor(encoded: Encoded) {
    this.words = wordRows(encoded);
    this.#state = this.words.map(() => "free");
  }

  /** The indices of the words that can still be chosen. */
  get free(): number[] {
    return this.words.flatMap((_, i) => this.isFree(i) ? [i] : []);
  }

  /** Whether word `i` exists and can still be chosen. */
  isFree(i: number): boolean {
    return this.#state[i] === "free";
  }

  /** How many subwords the words `indices` have. */
  size(indices: readonly number[]): number {
    return indices.reduce((sum, i) => sum + size(this.words[i]), 0);
  }

  /** Masks words. */
  mask(indices: readonly number[]): void {
    for (const i of indices) this.#state[i] = "masked";
  }

  /** Keeps words from being masked. */
  bar(indices: readonly number[]): void {
    for (const i of indices) this.#state[i] = "barred";
  }

  /**
   * The masked words as spans of rows. Masked words that touch become one span, so that the tokens on both
   * sides of a span are never masked: SpanBERT's boundary objective reads the span from these two.
   */
  spans(): TokenSpan[] {
    const spans: { start: number; end: number }[] = [];
    this.words.forEach(({ start, end }, i) => {
      if (this.#state[i] !== "masked") return;
      const last = spans.at(-1);
      if (last?.end === start) last.end = end;
      else spans.push({ start, end });
    });
    return spans;
  }
}
