import type { StudyPlan } from "../../../../src/study/plan.ts";
import { runName, type RunRecord } from "../../../../src/study/record.ts";
import { gridCells } from "../../../../src/study/cells.ts";
import { type ReportInput } from "../../../../src/cli/compare/report/study_report.ts";
import { exampleRecord } from "../../../study/records.ts";

/** A plan with two arms, two sizes and two seeds, unless it is told otherwise. */
export function examplePlan(plan: Partial<StudyPlan> = {}): StudyPlan {
  return {
    arms: ["none", "span"].map((name) => ({ name, settings: {}, share: 1 })),
    sizes: [50, 100],
    seeds: [1, 2],
    budgetEpochs: 40,
    testLimit: 0,
    settings: {},
    ...plan,
  };
}

/** The report of a whole grid on two data sets, or of those of its runs that `has` leaves. */
export function exampleInput(
  { has = () => true, ...input }: Partial<ReportInput> & { has?: (run: string) => boolean } = {},
): ReportInput {
  const { plan = examplePlan(), datasets = ["swa", "hau"] } = input;
  const records: RunRecord[] = gridCells(plan, datasets).filter(({ key }) => has(runName(key)))
    .map(({ key }) => exampleRecord(key));
  return {
    plan,
    datasets,
    records,
    failures: [],
    cuts: [],
    command: "deno task compare",
    disagreements: [],
    ...input,
  };
}
