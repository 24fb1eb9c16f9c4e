/** What a study came to, for the person and as JSON. */

import { RESULTS_FILE, type StudyResult } from "../../study/study.ts";
import { summarise, type SummaryRow } from "../../study/summary.ts";
import type { Console, Outcome } from "../frame/command.ts";
import type { StudyData } from "../../study/study_data.ts";
import type { FittedPlan } from "./compare_fit.ts";
import type { DenoStore } from "../files/deno_store.ts";
import { counted, formatCount, formatTable } from "../frame/format.ts";
import { sameCall } from "../frame/parse_arguments.ts";
import { percent } from "./report/numbers.ts";
import { REPORT_FILE, writeReport } from "./report/write_report.ts";

/** Where a study is reported, and with what. */
export interface ReportOptions extends FittedPlan {
  readonly store: DenoStore;
  readonly console: Console;
  readonly data: readonly StudyData[];
  /** Whether sentences of the data may stand in the report. */
  readonly examples: boolean;
}

/** Writes the report, prints the table and where the results are; runs that diverged are a failure. */
export async function reportStudy(result: StudyResult, options: ReportOptions): Promise<Outcome> {
  const { records, failures, chosen } = result;
  const { plan, cuts, store, console } = options;
  console.progress("Writing the report");
  const { outcomes } = await writeReport({
    ...result,
    ...options,
    command: sameCall("compare", console, { without: ["--report-only"] }),
  });
  const arms = plan.arms.map(({ name }) => name);
  const rows = summarise(records, { arms, outcomes });
  const results = store.locate(RESULTS_FILE);
  const split = plan.devOnly ? "dev" : "test";
  console.print(
    `Strict F1 on ${split}, with the same compute:\n\n${summaryTable(rows, { control: arms[0] })}\n`,
  );
  for (const [run, rate] of chosen ?? []) console.print(`Learning rate chosen on dev for ${run}: ${rate}`);
  if (cuts.length > 0) console.print(`Cut to the budget: ${cuts.join(", ")}.`);
  const devices = new Set(records.map(({ device }) => device));
  if (devices.size > 1) {
    console.print(`Computed on several devices, which round differently: ${[...devices].join("; ")}.`);
  }
  const report = store.locate(REPORT_FILE);
  console.print(`Results: ${results}\nReport: ${report}`);
  const failure = failures.length === 0
    ? undefined
    : `${counted(failures.length, "run")} diverged and are missing: ${
      failures.map(({ run }) => run).join(", ")
    }`;
  return { json: { results, report, runs: records.length, rows, cuts, failures }, failure };
}

/** Rows of arms by size, F1 in per cent. */
function summaryTable(rows: readonly SummaryRow[], { control }: { control: string }): string {
  const head = ["sentences", "arm", "runs", "F1", "sd", `to ${control}`, "95 % interval", "steps", "epochs"];
  const lines = rows.map(({ arm, size, runs, f1, deviation, difference, steps, epochs }, i) => [
    rows[i - 1]?.size === size ? "" : formatCount(size),
    arm,
    String(runs),
    percent(f1),
    deviation === undefined ? "" : percent(deviation),
    difference ? signed(difference.mean) : "",
    difference?.interval ? `${signed(difference.interval.low)} to ${signed(difference.interval.high)}` : "",
    formatCount(Math.round(steps)),
    epochs.toFixed(1),
  ]);
  return formatTable([head, ...lines], { right: [0, 2, 3, 4, 5, 6, 7, 8] }).join("\n");
}

function signed(share: number): string {
  return `${share < 0 ? "" : "+"}${percent(share)}`;
}
