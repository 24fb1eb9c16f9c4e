/** What the report of a study says, as plain JSON: the page shows nothing that is not in here. */

import { type ChosenRates, gridCells } from "../../../study/cells.ts";
import { isOverall, type Outcomes, outcomesOf } from "../../../study/outcomes.ts";
import type { StudyPlan } from "../../../study/plan.ts";
import { detectableEffect, differencesFor } from "../../../study/power.ts";
import { type RunKey, runName } from "../../../study/record.ts";
import type { StudyResult } from "../../../study/study.ts";
import { type Verdict, verdictsOf } from "../../../study/verdicts.ts";
import type { Disagreement } from "./disagreements.ts";
import { type CellRow, cellRows } from "./cell_rows.ts";
import { type RunRow, runRow } from "./run_rows.ts";
import { headline } from "./headline.ts";

/** What a report is made of. */
export interface ReportInput extends Pick<StudyResult, "records" | "failures"> {
  /** As it was carried out, after cuts. */
  readonly plan: StudyPlan;
  readonly datasets: readonly string[];
  /** What a budget cut, in order. */
  readonly cuts: readonly string[];
  readonly chosen?: ChosenRates;
  /** What a person types to get this again. */
  readonly command: string;
  /** Tagged sentences in which arms disagree; empty where the text may not be passed on. */
  readonly disagreements: readonly Disagreement[];
}

/** How large an effect on strict F1 an arm's runs could have shown. */
export interface Power {
  readonly arm: string;
  /** Independent differences to the control. */
  readonly differences: number;
  /** Their standard deviation, a share; null for fewer than two. */
  readonly spread: number | null;
  /** A share; null where fewer than six differences show nothing at all. */
  readonly detectable: number | null;
  /**
   * Differences that would show 1 and 3 points; null for more than 1,000, or where the spread is not known.
   */
  readonly forOnePoint: number | null;
  readonly forThreePoints: number | null;
}

/** The report. */
export interface StudyReport {
  readonly version: 1;
  readonly plan: StudyPlan;
  readonly datasets: readonly string[];
  /** The arm that all others are compared with. */
  readonly control: string;
  /** Where F1 comes from. */
  readonly split: "test" | "dev";
  readonly headline: string;
  readonly verdicts: readonly Verdict[];
  readonly power: readonly Power[];
  readonly outcomes: readonly Outcomes[];
  readonly cells: readonly CellRow[];
  readonly runs: readonly RunRow[];
  readonly planned: number;
  readonly missing: readonly RunKey[];
  readonly failures: StudyResult["failures"];
  readonly cuts: readonly string[];
  readonly chosenRates: Readonly<Record<string, number>>;
  readonly devices: readonly string[];
  readonly models: readonly string[];
  readonly versions: readonly Readonly<Record<string, string>>[];
  readonly command: string;
  readonly disagreements: readonly Disagreement[];
}

/** Computes what the report says. */
export function studyReport(input: ReportInput): StudyReport {
  const { plan, datasets, records, failures, cuts, chosen, command, disagreements } = input;
  const planned = gridCells(plan, datasets).map(({ key }) => key);
  const found = new Set(records.map(({ key }) => runName(key)));
  const [control, ...others] = plan.arms.map(({ name }) => name);
  const outcomes = others.map((arm) => outcomesOf(records, { arm, control, planned }));
  const verdicts = verdictsOf(outcomes);
  const runs = records.map(runRow);
  return {
    version: 1,
    plan,
    datasets,
    control,
    split: plan.devOnly ? "dev" : "test",
    headline: headline(verdicts, { control, devOnly: plan.devOnly }),
    verdicts,
    power: outcomes.map(powerOf),
    outcomes,
    cells: cellRows(planned, runs),
    runs,
    planned: planned.length,
    missing: planned.filter((key) => !found.has(runName(key))),
    failures,
    cuts,
    chosenRates: Object.fromEntries(chosen ?? []),
    devices: distinct(records.map(({ device }) => device)),
    models: distinct(records.map(({ model }) => model)),
    versions: distinct(records.map(({ versions }) => JSON.stringify(versions))).map((text) =>
      JSON.parse(text)
    ),
    command,
    disagreements,
  };
}

function powerOf({ arm, slices }: Outcomes): Power {
  const effect = slices.find(isOverall)?.effects.f1;
  const spread = effect?.spread ?? null;
  return {
    arm,
    differences: effect?.differences ?? 0,
    spread,
    detectable: effect ? detectableEffect(effect) : null,
    forOnePoint: spread === null ? null : differencesFor(0.01, spread),
    forThreePoints: spread === null ? null : differencesFor(0.03, spread),
  };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** The report as the text of its file. */
export function formatReport(report: StudyReport): string {
  return JSON.stringify(report, undefined, 1) + "\n";
}
