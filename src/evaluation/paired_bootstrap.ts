/**
 * The paired bootstrap: how far the difference of two F1 scores would move with other test sentences and
 * other seeds.
 *
 * @module
 */

import { DataError, OptionError } from "../errors.ts";
import { Random } from "../random/random.ts";
import type { Interval } from "./significance.ts";

/** Strict counts of each sentence, `[sentences]` each. */
export interface SentenceCounts {
  /** Gold entities. */
  readonly gold: readonly number[];
  /** Predicted entities. */
  readonly predicted: readonly number[];
  /** Entities that are equal on both sides. */
  readonly correct: readonly number[];
}

/**
 * The runs of one seed on one data set: more than one pair where the seed was run with several training
 * sizes.
 */
export interface SeedPairs {
  /** Data sets have test sentences of their own; all pairs of one data set share them. */
  readonly dataset: string;
  /** Two runs of this seed, at each size. */
  readonly pairs: readonly { readonly treatment: SentenceCounts; readonly control: SentenceCounts }[];
}

/** How much is drawn. */
export interface BootstrapOptions {
  /** Decides what is drawn. */
  readonly seed?: number;
  /** How many samples are drawn. */
  readonly resamples?: number;
  /** Share of the samples within the interval. */
  readonly level?: number;
}

/**
 * The difference treatment - control of strict micro F1, 0 to 1, with its percentile interval. F1 is computed
 * a run; runs are averaged over the sizes of a seed, then over all seeds of all data sets.
 *
 * A sample draws, for each data set,
 * 1. as many of its test sentences as there are, with replacement, the same ones for every run on that data
 *    set (the paired bootstrap of Berg-Kirkpatrick, Burkett and Klein, "An empirical investigation of
 *    statistical significance in NLP", EMNLP 2012): sentences and seeds are crossed, as in the pigeonhole
 *    bootstrap of Owen (2007);
 * 2. one seed less than there are, with replacement, where there are two or more; both settings and all sizes
 *    of a seed stay together. One less, because n of n draws give (n - 1) / n of the variance (Rao and Wu,
 *    1988), which is much at five seeds.
 *
 * Data sets are not drawn: three languages are no sample of all languages, and the interval speaks of these.
 *
 * @throws {OptionError} when there is no pair
 * @throws {DataError} when two runs on one data set were not tested on the same sentences
 */
export function pairedBootstrap(
  seeds: readonly SeedPairs[],
  { seed = 1, resamples = 10_000, level = 0.95 }: BootstrapOptions = {},
): Interval & { readonly difference: number } {
  if (seeds.length === 0 || seeds.some(({ pairs }) => pairs.length === 0)) {
    throw new OptionError("Expected at least one pair of runs a seed but found none");
  }
  const strata = [...Map.groupBy(seeds, ({ dataset }) => dataset).values()].map(stratumOf);
  const random = new Random(seed, "paired bootstrap");
  const drawn = new Float64Array(resamples);
  for (const stratum of strata) {
    const weight = stratum.seeds.length / seeds.length;
    for (let i = 0; i < resamples; i++) drawn[i] += weight * drawDifference(stratum, random);
  }
  drawn.sort();
  const difference = strata.reduce((sum, stratum) => {
    const all = new Uint32Array(stratum.sentences).fill(1);
    return sum + stratum.seeds.reduce((total, seed) => total + differenceOf(seed, all), 0) / seeds.length;
  }, 0);
  return { difference, low: quantile(drawn, (1 - level) / 2), high: quantile(drawn, (1 + level) / 2) };
}

/** A run as F1 needs it: 2 correct / (gold + predicted). */
interface Run {
  readonly correct: Int32Array;
  /** Gold and predicted entities. */
  readonly both: Int32Array;
}

/** The runs of one seed, treatment and control at each size. */
type Seed = readonly (readonly [Run, Run])[];

interface Stratum {
  readonly sentences: number;
  readonly seeds: readonly Seed[];
}

function stratumOf(seeds: readonly SeedPairs[]): Stratum {
  const { gold } = seeds[0].pairs[0].control;
  const runOf = (counts: SentenceCounts): Run => {
    const lengths = [counts.gold, counts.predicted, counts.correct].map(({ length }) => length);
    if (lengths.some((length) => length !== gold.length) || counts.gold.some((n, i) => n !== gold[i])) {
      throw new DataError(
        `Expected all runs on ${
          seeds[0].dataset
        } to be tested on the same sentences but found other gold counts: ` +
          "compare runs with one test sample",
      );
    }
    return {
      correct: Int32Array.from(counts.correct),
      both: Int32Array.from(counts.gold, (n, i) => n + counts.predicted[i]),
    };
  };
  return {
    sentences: gold.length,
    seeds: seeds.map(({ pairs }) => pairs.map((pair) => [runOf(pair.treatment), runOf(pair.control)])),
  };
}

/** The mean difference over drawn seeds on drawn sentences. */
function drawDifference({ sentences, seeds }: Stratum, random: Random): number {
  const times = new Uint32Array(sentences);
  for (let i = 0; i < sentences; i++) times[random.integer(sentences)]++;
  const draws = Math.max(1, seeds.length - 1);
  const differences = new Array<number | undefined>(seeds.length);
  let sum = 0;
  for (let i = 0; i < draws; i++) {
    const seed = random.integer(seeds.length);
    sum += differences[seed] ??= differenceOf(seeds[seed], times);
  }
  return sum / draws;
}

/** The mean difference over the pairs of a seed, each sentence counted `times`. */
function differenceOf(pairs: Seed, times: Uint32Array): number {
  let sum = 0;
  for (const [treatment, control] of pairs) sum += f1(treatment, times) - f1(control, times);
  return sum / pairs.length;
}

function f1({ correct, both }: Run, times: Uint32Array): number {
  let hits = 0;
  let total = 0;
  for (let i = 0; i < times.length; i++) {
    hits += times[i] * correct[i];
    total += times[i] * both[i];
  }
  return total === 0 ? 0 : 2 * hits / total;
}

/** The quantile of sorted values, between two of them in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
