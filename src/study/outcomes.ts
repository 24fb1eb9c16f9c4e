/**
 * What an arm changed against its control: every measure, over all pairs of runs, by size, by data set, and
 * by both.
 *
 * @module
 */

import { pairedBootstrap } from "../evaluation/paired_bootstrap.ts";
import { type Interval, signFlipInterval, signFlipTest } from "../evaluation/significance.ts";
import { type Measure, type MeasureName, MEASURES } from "./measures.ts";
import { deviation, mean } from "./mean.ts";
import { groupBySeed, type Pairing, pairRuns, type RunPair } from "./pairs.ts";
import { type RunKey, runName, type RunRecord } from "./record.ts";

/** The change of one measure. Plain JSON. */
export interface Effect {
  /** Independent differences: seeds of data sets, averaged over sizes. */
  readonly differences: number;
  /** Mean over these of the arm and of the control; geometric means where they are compared as a quotient. */
  readonly arm: number;
  readonly control: number;
  /** arm - control, or arm / control. */
  readonly change: number;
  /**
   * 95 % interval of the change by the sign-flip test; null where there are too few differences to bound it.
   */
  readonly interval: Interval | null;
  /** Two-sided p of the sign-flip test, uncorrected. */
  readonly p: number;
  /** Standard deviation of the differences, of logarithms for a quotient; null for one difference. */
  readonly spread: number | null;
}

/** The outcomes on some of the pairs. */
export interface Slice {
  /** The data set; null for all. */
  readonly dataset: string | null;
  /** The training size; null for all. */
  readonly size: number | null;
  /** Pairs of runs. */
  readonly pairs: number;
  /** Measures that no pair has are left out. */
  readonly effects: Readonly<Partial<Record<MeasureName, Effect>>>;
  /** 95 % interval of the change in F1 by the paired bootstrap over sentences and seeds. */
  readonly f1Bootstrap: Interval;
}

/** Whether a slice has all pairs. */
export function isOverall({ dataset, size }: Slice): boolean {
  return dataset === null && size === null;
}

/** An arm against its control. */
export interface Outcomes {
  readonly arm: string;
  readonly control: string;
  /** First all pairs, then each size, each data set, each data set at each size; empty without a pair. */
  readonly slices: readonly Slice[];
  /** Runs that are wanting: the cells they belong to are left out. */
  readonly missing: readonly RunKey[];
}

/** What is compared. */
export interface OutcomeOptions {
  readonly arm: string;
  readonly control: string;
  /** Runs that there should be. */
  readonly planned?: readonly RunKey[];
  /** Samples of the bootstrap. */
  readonly resamples?: number;
}

/** Computes the outcomes of an arm against its control. */
export function outcomesOf(records: readonly RunRecord[], options: OutcomeOptions): Outcomes {
  const { arm, control, resamples } = options;
  const { pairs, missing }: Pairing = pairRuns(records, options);
  const slices: Slice[] = [];
  const seen = new Set<string>();
  // With one size or one data set several slices are of the same pairs, and a bootstrap takes seconds.
  const compared = new Map<string, ReturnType<typeof compare>>();
  const datasets = [null, ...new Set(pairs.map((pair) => pair.arm.key.dataset))];
  const sizes = [null, ...[...new Set(pairs.map((pair) => pair.arm.key.size))].sort((a, b) => a - b)];
  const order = [
    ...sizes.map((size) => [null, size] as const),
    ...datasets.flatMap((dataset) => sizes.map((size) => [dataset, size] as const)),
  ];
  for (const [dataset, size] of order) {
    const name = JSON.stringify([dataset, size]);
    const own = pairs.filter(({ arm: { key } }) =>
      (dataset === null || key.dataset === dataset) && (size === null || key.size === size)
    );
    if (own.length === 0 || seen.has(name)) continue;
    seen.add(name);
    const runs = own.map((pair) => runName(pair.arm.key)).join(" ");
    const found = compared.get(runs) ?? compare(own, resamples);
    compared.set(runs, found);
    slices.push({ dataset, size, ...found });
  }
  return { arm, control, slices, missing };
}

/** All measures over some pairs. */
export function compare(
  pairs: readonly RunPair[],
  resamples?: number,
): Pick<Slice, "pairs" | "effects" | "f1Bootstrap"> {
  const effects: Partial<Record<MeasureName, Effect>> = {};
  for (const [name, measure] of Object.entries(MEASURES) as [MeasureName, Measure][]) {
    const effect = effectOf(pairs, measure);
    if (effect) effects[name] = effect;
  }
  return { pairs: pairs.length, effects, f1Bootstrap: bootstrapF1(pairs, resamples) };
}

/** The change of one measure; undefined where no pair has it. */
export function effectOf(pairs: readonly RunPair[], measure: Measure): Effect | undefined {
  const [into, back] = measure.scale === "ratio" ? [Math.log, Math.exp] : [Number, Number];
  const blocks = groupBySeed(pairs).flatMap((block) => {
    const values = block.flatMap(({ arm, control }) => {
      const [own, other] = [measure.of(arm), measure.of(control)];
      return own === undefined || other === undefined ? [] : [{ arm: into(own), control: into(other) }];
    });
    if (values.length === 0) return [];
    return [{ arm: mean(values.map((v) => v.arm)), control: mean(values.map((v) => v.control)) }];
  });
  if (blocks.length === 0) return undefined;
  const differences = blocks.map(({ arm, control }) => arm - control);
  const { low, high } = signFlipInterval(differences);
  const change = mean(differences);
  return {
    differences: differences.length,
    arm: back(mean(blocks.map(({ arm }) => arm))),
    control: back(mean(blocks.map(({ control }) => control))),
    change: back(change),
    interval: Number.isFinite(low) ? { low: back(low), high: back(high) } : null,
    p: signFlipTest(differences),
    spread: deviation(differences) ?? null,
  };
}

/** The bootstrap interval of the change in F1. */
export function bootstrapF1(pairs: readonly RunPair[], resamples?: number): Interval {
  const { low, high } = pairedBootstrap(
    groupBySeed(pairs).map((block) => ({
      dataset: block[0].arm.key.dataset,
      pairs: block.map(({ arm, control }) => ({
        treatment: arm.test.sentences,
        control: control.test.sentences,
      })),
    })),
    { resamples },
  );
  return { low, high };
}
