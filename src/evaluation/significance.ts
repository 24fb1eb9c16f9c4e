/**
 * Whether a difference between two settings is more than chance: the sign-flip test over paired differences,
 * the interval that belongs to it, and Holm's correction where several settings are looked at. How to choose
 * a test for such experiments: Dror, Baumer, Shlomov and Reichart, "The hitchhiker's guide to testing
 * statistical significance in natural language processing" (ACL 2018).
 *
 * @module
 */

import { OptionError } from "../errors.ts";
import { Random } from "../random/random.ts";

/** Up to so many differences every choice of signs is tried; beyond, some are drawn. */
const EXACT_LIMIT = 20;
const DEFAULT_DRAWS = 100_000;
/** Sums that differ by less than this share of all absolute values are equal up to rounding. */
const ROUNDING = 1e-12;

/** What decides the result where there are too many signs to try them all. */
export interface SignFlipOptions {
  /** Decides which signs are drawn. */
  readonly seed?: number;
  /** How many choices of signs are drawn. */
  readonly draws?: number;
}

/** An interval; an end that the data do not bound is infinite. */
export interface Interval {
  /** Its lower end. */
  readonly low: number;
  /** Its upper end. */
  readonly high: number;
}

/**
 * The two-sided p value of the sign-flip test (Fisher's randomisation test for paired differences; as paired
 * permutation test in Dror et al. 2018): if both settings were alike, each difference could as well have the
 * other sign, so it is asked in which share of all 2^n choices of signs the mean lies at least as far out.
 * Exact for up to 20 differences; beyond, (1 + hits) / (1 + draws) of seeded draws, which keeps the level as
 * well. It assumes that differences are independent and, without an effect, symmetric about 0; not that they
 * are normal.
 *
 * Differences that depend on each other (several training sizes under one seed) are summed up before.
 * The smallest possible value is 2 / 2^n: five differences never reach 0.05.
 *
 * @throws {OptionError} when there is no difference, or one is not finite
 */
export function signFlipTest(differences: readonly number[], options: SignFlipOptions = {}): number {
  checkDifferences(differences);
  const tolerance = ROUNDING * differences.reduce((sum, d) => sum + Math.abs(d), 0);
  // With the signs of a subset flipped, the mean falls below the observed one exactly when the subset's sum
  // is positive.
  let notBelow = 0;
  let notAbove = 0;
  const { sums, exact } = subsetSums(differences, options);
  for (const sum of sums) {
    if (sum <= tolerance) notBelow++;
    if (sum >= -tolerance) notAbove++;
  }
  const observed = exact ? 0 : 1;
  return Math.min(1, 2 * (Math.min(notBelow, notAbove) + observed) / (sums.length + observed));
}

/**
 * The interval of all effects that the sign-flip test does not reject: each end errs with probability at most
 * (1 - `level`) / 2. Its ends are order statistics of the means of all subsets of the differences (Hartigan,
 * "Using subsample values as typical values", 1969). Infinite with fewer than six differences at level 0.95.
 *
 * @throws {OptionError} as `signFlipTest` does
 */
export function signFlipInterval(
  differences: readonly number[],
  { level = 0.95, ...options }: SignFlipOptions & { readonly level?: number } = {},
): Interval {
  checkDifferences(differences);
  const { sums, sizes } = subsetSums(differences, options);
  const means = sums.map((sum, i) => sum / sizes[i]).filter((mean) => !Number.isNaN(mean)).sort();
  // The empty subset stands for the observed signs themselves: it counts as one on either side.
  const outside = Math.floor((1 - level) / 2 * (means.length + 1) + ROUNDING) - 1;
  if (outside < 0) return { low: -Infinity, high: Infinity };
  return { low: means[outside], high: means[means.length - 1 - outside] };
}

/**
 * Holm's correction (1979): p values in, adjusted ones out, in the same order. Calling everything found whose
 * adjusted value is below 0.05 makes any false claim with probability at most 0.05, however the tests depend
 * on each other.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pValues[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}

/** Sums and sizes of all subsets, or of drawn ones in which each difference stands with probability 1/2. */
function subsetSums(
  differences: readonly number[],
  { seed = 1, draws = DEFAULT_DRAWS }: SignFlipOptions,
): { sums: Float64Array; sizes: Uint8Array | Uint32Array; exact: boolean } {
  if (differences.length > EXACT_LIMIT) return { ...drawnSums(differences, { seed, draws }), exact: false };
  const sums = new Float64Array(2 ** differences.length);
  const sizes = new Uint8Array(sums.length);
  differences.forEach((difference, i) => {
    const half = 2 ** i; // the subsets of the differences before this one: each also with it
    for (let subset = 0; subset < half; subset++) {
      sums[half + subset] = sums[subset] + difference;
      sizes[half + subset] = sizes[subset] + 1;
    }
  });
  return { sums, sizes, exact: true };
}

function drawnSums(
  differences: readonly number[],
  { seed, draws }: Required<SignFlipOptions>,
): { sums: Float64Array; sizes: Uint32Array } {
  const random = new Random(seed, "sign flips");
  const sums = new Float64Array(draws);
  const sizes = new Uint32Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    let bits = 0;
    for (let i = 0; i < differences.length; i++) {
      bits = i % 32 === 0 ? random.uint32() : bits >>> 1;
      if ((bits & 1) === 0) continue;
      sums[draw] += differences[i];
      sizes[draw]++;
    }
  }
  return { sums, sizes };
}

function checkDifferences(differences: readonly number[]): void {
  if (differences.length === 0) {
    throw new OptionError("Expected at least one paired difference but found none");
  }
  const bad = differences.find((difference) => !Number.isFinite(difference));
  if (bad !== undefined) throw new OptionError(`Expected finite paired differences but found ${bad}`);
}
