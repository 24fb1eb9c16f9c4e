/** What a study came to, as a table and as JSON. */

import type { SummaryRow } from "../study/summary.ts";
import { formatCount, formatTable } from "./format.ts";

/** Rows of arms by size, F1 in per cent. */
export function summaryTable(rows: readonly SummaryRow[], { control }: { control: string }): string {
  const head = ["sentences", "arm", "runs", "F1", "sd", `to ${control}`, "95 % interval", "steps", "epochs"];
  const lines = rows.map(({ arm, size, runs, f1, deviation, difference, steps, epochs }, i) => [
    rows[i - 1]?.size === size ? "" : formatCount(size),
    arm,
    String(runs),
    percent(f1),
    deviation === undefined ? "" : percent(deviation),
    difference ? signed(difference.mean) : "",
    difference ? `${signed(difference.low)} to ${signed(difference.high)}` : "",
    formatCount(Math.round(steps)),
    epochs.toFixed(1),
  ]);
  return formatTable([head, ...lines], { right: [0, 2, 3, 4, 5, 6, 7, 8] }).join("\n");
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

function signed(share: number): string {
  return `${share < 0 ? "" : "+"}${percent(share)}`;
}
