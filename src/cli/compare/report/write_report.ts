/** The files of a report, beside the records it is made of. */

import type { Sentence } from "../../../data/sentence.ts";
import { pairRuns } from "../../../study/pairs.ts";
import { runName, type RunRecord } from "../../../study/record.ts";
import { type StudyData, testOf } from "../../../study/study_data.ts";
import { readText, type Store, writeText } from "../../../store/store.ts";
import { type Disagreement, disagreementsOf, parseTags } from "./disagreements.ts";
import { reportPage } from "./page.tsx";
import { formatReport, type ReportInput, type StudyReport, studyReport } from "./study_report.ts";

/** For people: one file that needs nothing else. */
export const REPORT_FILE = "report.html";
/** What it says, for programs. */
export const REPORT_JSON = "report.json";

/** What is written, and where. */
export interface WriteReportInput extends Omit<ReportInput, "datasets" | "disagreements"> {
  readonly data: readonly StudyData[];
  /** The folder of the study. */
  readonly store: Store;
  /** Whether sentences of the data may stand in the report. */
  readonly examples: boolean;
}

/** Writes the page and its JSON. */
export async function writeReport(
  { data, store, examples, ...input }: WriteReportInput,
): Promise<StudyReport> {
  const disagreements = examples ? await findDisagreements({ ...input, data, store }) : [];
  const report = studyReport({ ...input, datasets: data.map(({ name }) => name), disagreements });
  await writeText(store, REPORT_JSON, formatReport(report));
  await writeText(store, REPORT_FILE, reportPage(report));
  return report;
}

/** For each arm and data set: the largest size, and there the first seed, that arm and control have both. */
async function findDisagreements(
  { plan, records, data, store }: Pick<WriteReportInput, "plan" | "records" | "data" | "store">,
): Promise<Disagreement[]> {
  const [control, ...arms] = plan.arms.map(({ name }) => name);
  const found: Disagreement[] = [];
  for (const set of data) {
    const test = testOf(set, plan);
    for (const arm of arms) {
      const [pair] = pairRuns(records, { arm, control }).pairs
        .filter((pair) => pair.arm.key.dataset === set.name)
        .sort(({ arm: { key: a } }, { arm: { key: b } }) => b.size - a.size || a.seed - b.seed);
      if (!pair) continue;
      const tags = [
        await tagsOf(pair.arm, { store, test }),
        await tagsOf(pair.control, { store, test }),
      ];
      if (!tags[0] || !tags[1]) continue;
      const { dataset, size, seed } = pair.arm.key;
      const own = disagreementsOf(test, { treatment: tags[0], control: tags[1] });
      found.push(...own.map((each) => ({ arm, dataset, size, seed, ...each })));
    }
  }
  return found;
}

async function tagsOf(
  { key }: RunRecord,
  { store, test }: { store: Store; test: readonly Sentence[] },
): Promise<string[][] | undefined> {
  const file = `runs/${runName(key)}.tags`;
  return await store.exists(file) ? parseTags(await readText(store, file), test) : undefined;
}
