import type { ErrorCounts } from "../../../evaluation/errors.ts";
import { type Measure, type MeasureName, MEASURES } from "../../../study/measures.ts";
import type { TestedRun } from "../../../study/pairs.ts";
import type { CurvePoint, RunCost, RunKey, RunRecord } from "../../../study/record.ts";
import { totalCounts } from "../../../study/counts.ts";

/** All numbers of a run: shares from 0 to 1. */
export interface RunRow {
  readonly key: RunKey;
  readonly settings: RunRecord["settings"];
  readonly device: string;
  readonly cost: RunCost;
  readonly dev: RunRecord["dev"];
  readonly curve: readonly CurvePoint[];
  /** Empty where test was left untouched; what a run does not have is left out. */
  readonly measures: Readonly<Partial<Record<MeasureName, number>>>;
  /** Findings on test of each kind, and gold and predicted names. */
  readonly errors?: ErrorCounts;
  readonly gold?: number;
  readonly predicted?: number;
  /** Why measures are not there. */
  readonly absent: readonly string[];
}

/** The numbers of a run. */
export function runRow(record: RunRecord): RunRow {
  const { key, settings, device, cost, dev, curve, test } = record;
  const row = { key, settings, device, cost, dev, curve };
  if (!test) return { ...row, measures: {}, absent: ["test was left untouched"] };
  const run: TestedRun = { ...record, test };
  const measured = (Object.entries(MEASURES) as [MeasureName, Measure][]).flatMap(([name, measure]) => {
    const value = measure.of(run);
    return value === undefined ? [] : [[name, value] as const];
  });
  const { gold, predicted } = totalCounts(test);
  return {
    ...row,
    measures: Object.fromEntries(measured),
    errors: test.errors,
    gold,
    predicted,
    absent: [test.context, test.recovery].flatMap((part) => "absent" in part ? [part.absent] : []),
  };
}

/** Strict F1 where the study looked: on test, or the best on dev where test was left untouched. */
export function scoreOf({ measures, dev }: Pick<RunRow, "measures" | "dev">): number {
  return measures.f1 ?? dev.f1;
}
