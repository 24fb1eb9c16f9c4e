import type { Interval } from "../evaluation/significance.ts";
import { deviation, mean } from "./mean.ts";
import type { Outcomes } from "./outcomes.ts";
import type { RunRecord } from "./record.ts";
import { f1Of, totalCounts } from "./counts.ts";

/** An arm at a size, over seeds and data sets. */
export interface SummaryRow {
  readonly arm: string;
  readonly size: number;
  readonly runs: number;
  /** Mean strict micro F1, 0 to 1, on test, or on dev where the runs left test untouched. */
  readonly f1: number;
  /**
   * Standard deviation over the seeds of a data set, the mean over data sets; undefined for a single seed.
   */
  readonly deviation: number | undefined;
  /**
   * To the first arm, over the seeds that both have: the mean and, on test, the paired bootstrap's 95 %
   * interval.
   */
  readonly difference: { readonly mean: number; readonly interval: Interval | undefined } | undefined;
  /** What the budget was spent on, the mean over runs. */
  readonly steps: number;
  readonly epochs: number;
}

/**
 * Rows by size, then in the order of the arms; the first arm is what others are compared with.
 *
 * @param options `outcomes` are those of the other arms, where runs were tested
 */
export function summarise(
  records: readonly RunRecord[],
  { arms, outcomes }: { readonly arms: readonly string[]; readonly outcomes: readonly Outcomes[] },
): SummaryRow[] {
  const sizes = [...new Set(records.map(({ key }) => key.size))].sort((a, b) => a - b);
  return sizes.flatMap((size) => {
    const control = runsOf(records, { arm: arms[0], size });
    return arms.flatMap((arm) => {
      const runs = runsOf(records, { arm, size });
      if (runs.length === 0) return [];
      const deviations = [...Map.groupBy(runs, ({ key }) => key.dataset).values()]
        .map((runs) => deviation(runs.map(({ f1 }) => f1)));
      const slice = outcomes.find((each) => each.arm === arm)?.slices
        .find((slice) => slice.dataset === null && slice.size === size);
      return [{
        arm,
        size,
        runs: runs.length,
        f1: mean(runs.map(({ f1 }) => f1)),
        deviation: deviations.includes(undefined) ? undefined : mean(deviations as number[]),
        difference: arm === arms[0] ? undefined : difference(runs, { control, interval: slice?.f1Bootstrap }),
        steps: mean(runs.map(({ cost }) => cost.steps)),
        epochs: mean(runs.map(({ curve }) => curve.at(-1)!.epoch)),
      }];
    });
  });
}

type ScoredRun = RunRecord & { readonly f1: number };

function runsOf(records: readonly RunRecord[], { arm, size }: { arm: string; size: number }): ScoredRun[] {
  return records.filter(({ key }) => key.arm === arm && key.size === size)
    .map((record) => ({ ...record, f1: record.test ? f1Of(totalCounts(record.test)) : record.dev.f1 }));
}

function difference(
  treatment: readonly ScoredRun[],
  { control, interval }: { control: readonly ScoredRun[]; interval: Interval | undefined },
): SummaryRow["difference"] {
  const differences = treatment.flatMap(({ key: { dataset, seed }, f1 }) => {
    const other = control.find(({ key }) => key.dataset === dataset && key.seed === seed);
    return other ? [f1 - other.f1] : [];
  });
  return differences.length === 0 ? undefined : { mean: mean(differences), interval };
}
