import { OptionError } from "../errors.ts";
import { philox4x32 } from "./philox.ts";
import { siteHash } from "./site.ts";

const TWO_TO_32 = 2 ** 32;
/**
 * Second key words under which a path is folded, far from the micro-batch numbers that dropout uses there.
 */
const NAME = 0xffffffff;
const NUMBER = 0xfffffffe;

/**
 * A stream of random numbers with an address: a seed and a path of names and numbers.
 *
 * The same address gives the same numbers whatever was drawn elsewhere, so an interrupted run has no
 * generator state to save. The path is folded with Philox into 96 bits (a name enters as its {@linkcode
 * siteHash}); then the blocks of the stream are counted, 2^34 words in all. The name "1" and the number 1
 * lead to different streams.
 *
 * ```ts
 * import { Random } from "./random.ts";
 *
 * const random = new Random(13, "masking", 0, 42); // seed 13: epoch 0, sentence 42
 * random.integer(6); // one of 0, 1, 2, 3, 4, 5
 * ```
 */
export class Random {
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #block = new Uint32Array(4);
  #used = 4;

  /** @throws {OptionError} when `seed` or a number in `stream` is not an integer from 0 to 2^32 - 1. */
  constructor(seed: number, ...stream: (string | number)[]) {
    checkWord(seed, "the seed");
    const address = new Uint32Array(4);
    for (const step of stream) {
      if (typeof step === "number") checkWord(step, "a number in the path of a random stream");
      address[3] = typeof step === "number" ? step : siteHash(step);
      philox4x32(address, Uint32Array.of(seed, typeof step === "number" ? NUMBER : NAME), address);
    }
    this.#key = Uint32Array.of(seed, address[0]);
    this.#counter = Uint32Array.of(0, address[1], address[2], 0);
  }

  /** The next 32 random bits, 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#used === 4) {
      philox4x32(this.#counter, this.#key, this.#block);
      this.#counter[0]++;
      this.#used = 0;
    }
    return this.#block[this.#used++];
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.uint32() / TWO_TO_32;
  }

  /**
   * Uniform among 0, ..., `n` - 1, without the bias of a plain remainder: words beyond the last whole
   * multiple of `n` are drawn again.
   *
   * @throws {RangeError} when `n` is not an integer from 1 to 2^32.
   */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_TO_32) {
      throw new RangeError(`Expected an integer from 1 to 2^32 but found ${n}`);
    }
    const limit = TWO_TO_32 - TWO_TO_32 % n;
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  /**
   * Geometric, cut to `min`, ..., `max` and renormalised: P(k) is proportional to `p` (1 - `p`)^(k - `min`),
   * so what lies beyond `max` is spread over all lengths and does not pile up at `max`. Inverts the
   * distribution by a plain sum, which rounds alike on every machine; a logarithm need not.
   *
   * @throws {RangeError} unless 0 < `p` <= 1 and `min` <= `max` are integers.
   */
  geometric(p: number, { min, max }: { min: number; max: number }): number {
    if (!(p > 0 && p <= 1) || !Number.isInteger(min) || !Number.isInteger(max) || min > max) {
      throw new RangeError(`Expected 0 < p <= 1 and integers min <= max but found ${p}, ${min} and ${max}`);
    }
    let left = this.uniform() * (1 - (1 - p) ** (max - min + 1));
    let weight = p;
    let k = min;
    while (k < max && left >= weight) {
      left -= weight;
      weight *= 1 - p;
      k++;
    }
    return k;
  }

  /** Standard normal, by the method of Box and Muller (1958). Largest absolute value 6.7. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.uint32() + 1) / TWO_TO_32));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A new array with the items in random order, all orders alike (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  }
}

function checkWord(value: number, what: string): void {
  if (!Number.isInteger(value) || value < 0 || value >= TWO_TO_32) {
    throw new OptionError(`Expected ${what} to be an integer from 0 to ${TWO_TO_32 - 1} but found ${value}`);
  }
}
