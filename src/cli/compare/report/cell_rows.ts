import { deviation, mean } from "../../../study/mean.ts";
import type { RunKey } from "../../../study/record.ts";
import { type RunRow, scoreOf } from "./run_rows.ts";

/** The runs of an arm on a data set at a size. */
export interface CellRow {
  readonly arm: string;
  readonly dataset: string;
  readonly size: number;
  /** Runs that there should be, and those that there are. */
  readonly planned: number;
  readonly runs: number;
  /** Strict F1 over seeds, shares; null without a run. */
  readonly f1: { readonly mean: number; readonly low: number; readonly high: number } | null;
  /** Standard deviation over seeds; null with fewer than two. */
  readonly deviation: number | null;
}

/** A row for every cell of the plan, by data set, size and arm; also for those without a run. */
export function cellRows(planned: readonly RunKey[], runs: readonly RunRow[]): CellRow[] {
  const cellOf = ({ arm, dataset, size }: RunKey) => JSON.stringify([dataset, size, arm]);
  const found = Map.groupBy(runs, ({ key }) => cellOf(key));
  const rows = [...Map.groupBy(planned, cellOf)].map(([cell, keys]): CellRow => {
    const { arm, dataset, size } = keys[0];
    const scores = (found.get(cell) ?? []).map(scoreOf);
    return {
      ...{ arm, dataset, size, planned: keys.length, runs: scores.length },
      f1: scores.length === 0
        ? null
        : { mean: mean(scores), low: Math.min(...scores), high: Math.max(...scores) },
      deviation: deviation(scores) ?? null,
    };
  });
  const datasets = [...new Set(rows.map(({ dataset }) => dataset))];
  return datasets.flatMap((dataset) =>
    rows.filter((row) => row.dataset === dataset).sort((a, b) => a.size - b.size)
  );
}
