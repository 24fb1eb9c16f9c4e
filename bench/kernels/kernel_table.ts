import type { Comparison, KernelResult, KernelRun } from "./kernel_runs.ts";
import { showRoofline } from "../roofline/roofline.ts";
import { showTime } from "../measure/statistics.ts";
import { table } from "../measure/table.ts";

/** The results as a table: time, the rate that its roof limits, and the share of that limit. */
export function resultTable(results: readonly KernelResult[]): string {
  return table(results.map(({ name, milliseconds, flop, bytes, limit, share }) => ({
    op: name,
    "ms (least-most)": showTime(milliseconds),
    "GFLOP/s": flop ? (flop / milliseconds.median / 1e6).toFixed(1) : "",
    "GB/s": (bytes / milliseconds.median / 1e6).toFixed(1),
    limit: limit.bound,
    "of the limit": `${(100 * share).toFixed(0)} %`,
  })));
}

/** What changed since a saved run, for the person. */
export function showComparison(
  before: KernelRun,
  now: KernelRun,
  { faster, slower, same, added, missing }: Comparison,
): string {
  const changes = [...faster, ...slower].map(({ name, before, now, ratio }) => ({
    op: name,
    "ms before": showTime(before),
    "ms now": showTime(now),
    change: ratio < 1 ? `${(1 / ratio).toFixed(2)} x as fast` : `${ratio.toFixed(2)} x the time`,
  }));
  return [
    `Since the saved run: ${faster.length} faster, ${slower.length} slower, ${same} the same within noise` +
    (added.length + missing.length ? `, ${added.length} new, ${missing.length} not measured now` : ""),
    ...(before.device === now.device ? [] : [`It was made on another device: ${before.device}`]),
    `Then: ${showRoofline(before.roofline)}`,
    ...(changes.length ? ["", table(changes)] : []),
  ].join("\n");
}
