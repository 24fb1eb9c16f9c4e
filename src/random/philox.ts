/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3" (SC 2011), and the dropout scheme built on it.
 *
 * A counter-based generator has no state: the same key and counter always give the same four words, in any
 * order and on any device. So training has nothing to save for an exact resume, and the backward pass draws
 * the bits of the forward pass again instead of storing a mask.
 *
 * **Dropout.** Every device computes the same bits for the element at (`row`, `column`) of a tensor:
 *
 * - key = (`seed`, `microBatch`),
 * - counter = (`column >>> 2`, `row`, `step`, `site`), with `site` from {@linkcode siteHash},
 * - the element takes word `column & 3` of the block,
 * - it is kept when its word is >= {@linkcode dropoutThreshold}`(p)`, and kept values are scaled by `1 / (1 -
 *   p)`.
 *
 * @module
 */

import { OptionError } from "../errors.ts";

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
/** Weyl increments of the key: the golden ratio and sqrt(3) - 1, as 0.32 fixed point. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/**
 * The high 32 bits of the 64-bit product of two unsigned 32-bit words. The factors are split into halves of
 * 16 bits because neither JavaScript numbers (53 bits) nor WGSL (no 64-bit integers) hold the product; every
 * partial sum stays below 2^32, so the same lines work on u32.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/**
 * One block of Philox4x32-10: writes the four words that belong to `counter [4]` under `key [2]` into `out
 * [4]`. Allocates nothing; `out` may be `counter`.
 */
export function philox4x32(counter: Uint32Array, key: Uint32Array, out: Uint32Array): void {
  let c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  let k0 = key[0], k1 = key[1];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Where the random bits of the dropout of a tensor are. */
interface DropoutAddress {
  readonly seed: number;
  readonly microBatch: number;
  readonly step: number;
  /** A hash of the place in the model, by {@linkcode siteHash}. */
  readonly site: number;
}

/**
 * Dropout with probability `p` as kernels have it: the `dropoutUniforms` of `kernels/contract.ts`.
 *
 * @throws {OptionError} when `p` is not in [0, 1)
 */
export function dropoutAt({ seed, microBatch, step, site }: DropoutAddress, p: number) {
  return {
    dropoutSeed: seed,
    dropoutMicroBatch: microBatch,
    dropoutStep: step,
    dropoutSite: site,
    dropoutThreshold: dropoutThreshold(p),
    dropoutScale: 1 / (1 - p),
  };
}

/** Dropout that drops nothing. */
export const NO_DROPOUT = dropoutAt({ seed: 0, microBatch: 0, step: 0, site: 0 }, 0);

/**
 * The smallest 32-bit word that keeps an element under dropout probability `p`: min(2^32 - 1, floor(p *
 * 2^32)).
 *
 * @throws {OptionError} when `p` is not in [0, 1): at 1 nothing would be left to scale.
 */
export function dropoutThreshold(p: number): number {
  if (!(p >= 0 && p < 1)) {
    throw new OptionError(`Expected a dropout probability of at least 0 and below 1 but found ${p}`);
  }
  return Math.min(2 ** 32 - 1, Math.floor(p * 2 ** 32));
}
