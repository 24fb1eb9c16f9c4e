/** Means over the seeds, as tables of Markdown. */

import { deviation, mean } from "../../src/study/mean.ts";
import { table } from "../measure/table.ts";
import type { SystemRecord } from "./record.ts";

/** A table for each number of sentences: a row a system, in the order in which systems first occur. */
export function summary(records: readonly SystemRecord[]): string {
  // A corpus that is taken whole has a table of its own: other data sets have no draws of its size.
  const sizes = [...new Set(records.map(({ size }) => size))].sort((a, b) => a - b);
  return sizes.map((size) => {
    const ofSize = records.filter((record) => record.size === size);
    return `${size} sentences:\n\n${table(rowsOf(ofSize))}\n`;
  }).join("\n");
}

function rowsOf(records: readonly SystemRecord[]): Record<string, string>[] {
  const systems = [...new Set(records.map(({ system }) => system))];
  const data = [...new Set(records.map(({ data }) => data))];
  return systems.map((system) => {
    const own = records.filter((record) => record.system === system);
    const runs = data.map((name) => own.filter((record) => record.data === name));
    // Data sets weigh the same, however many seeds each has.
    const overData = (values: (runs: readonly SystemRecord[]) => (number | null)[]) => {
      const means = runs.map((runs) => values(runs).filter((value) => value !== null))
        .filter(({ length }) => length > 0).map(mean);
      return means.length < data.length ? undefined : mean(means);
    };
    const percent = (value: number | undefined) => value === undefined ? "-" : (100 * value).toFixed(1);
    return {
      System: system,
      ...Object.fromEntries(data.map((name, i) => [name, f1(runs[i])])),
      ...(data.length > 1 ? { Mean: percent(overData((runs) => runs.map(({ testF1 }) => testF1))) } : {}),
      Dev: percent(overData((runs) => runs.map(({ devF1 }) => devF1))),
      Unseen: percent(overData((runs) => runs.map(({ unseenRecall }) => unseenRecall))),
      Long: percent(overData((runs) => runs.map(({ longRecall }) => longRecall))),
      "CPU s": (overData((runs) => runs.map(({ cpuSeconds }) => cpuSeconds)) ?? NaN).toFixed(0).replace(
        "NaN",
        "-",
      ),
      MB: (overData((runs) => runs.map(({ peakBytes }) => peakBytes / 1e6)) ?? NaN).toFixed(0).replace(
        "NaN",
        "-",
      ),
    };
  });
}

/** Mean and standard deviation over the seeds, and how many there are where they are not three. */
function f1(runs: readonly SystemRecord[]): string {
  if (runs.length === 0) return "-";
  const values = runs.map(({ testF1 }) => 100 * testF1);
  const spread = deviation(values);
  const seeds = runs.length === 3 ? "" : ` (${runs.length})`;
  return `${mean(values).toFixed(1)}${spread === undefined ? "" : ` ± ${spread.toFixed(1)}`}${seeds}`;
}
