import type { Random } from "../random/random.ts";
import { MASKED_SHARE, type MaskingInput } from "./strategy.ts";
import { maskableTokens } from "./word_rows.ts";

/**
 * The subwords that may still be masked in a window, at first exactly a share of them: a real number, not a
 * rounded one.
 *
 * **The rule for short sentences.** A unit (subword, word, mention) that fits into what is left is taken. One
 * that does not fit is taken with probability left / size, and either way nothing is left then. So it adds
 * `left` masked subwords in expectation: each sentence masks that share of its subwords in expectation,
 * however short it is and however long its words are, as long as units do not run out first. Rounding 15 %
 * up, as SpanBERT does on texts of 512 tokens, would mask 20 % of a sentence of five.
 */
export class Budget {
  readonly #random: Random;
  #left: number;

  constructor({ encoded, random, share = MASKED_SHARE }: MaskingInput) {
    this.#random = random;
    this.#left = share * maskableTokens(encoded);
  }

  /** Whether there is anything left to spend. */
  get spent(): boolean {
    return this.#left <= 0;
  }

  /** Whether a unit of `size` subwords is masked; if so, it is paid for. */
  take(size: number): boolean {
    if (this.spent) return false;
    if (size <= this.#left) {
      this.#left -= size;
      return true;
    }
    const taken = this.#random.uniform() * size < this.#left;
    this.#left = 0;
    return taken;
  }
}
