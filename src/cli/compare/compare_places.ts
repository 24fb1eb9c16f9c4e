/** What a study reads and writes. */

import { LacunaError } from "../../errors.ts";
import { readText } from "../../store/store.ts";
import { isFormattedPlan } from "../../study/plan_file.ts";
import { RESULTS_FILE } from "../../study/study.ts";
import {
  isSame,
  LABELLED_FILES,
  modelPlace,
  type NamedPath,
  type Places,
  placesOf,
  TEXT_FILES,
} from "../files/apart.ts";
import { CUTS_FILE } from "./compare_fit.ts";
import { EMBEDDED_DATA, type StudyDataRequest } from "./compare_data.ts";
import { namedText } from "./compare_inputs.ts";
import type { AskedPlan } from "./compare_plan.ts";
import { DenoStore } from "../files/deno_store.ts";
import { checkOwn, type OwnFile } from "../files/own_file.ts";
import { TITLE } from "./report/page.tsx";
import { REPORT_FILE, REPORT_JSON } from "./report/write_report.ts";

/** The plan that is carried out, in the folder of a study. */
export const PLAN_FILE = "plan.json";

/** The part of the options that names files. */
interface Request extends Omit<StudyDataRequest, "data"> {
  readonly plan?: string;
  readonly unlabelled?: readonly string[];
  readonly blas?: string;
}

/** In the folder of a study: its results, and folders that are its own. */
const STUDY_FILES = /^[^/]+\.(json|jsonl|html|partial)$|^\.lacuna\.lock$|^(runs|adapted|work)(\/|$)/;

/** All places of a study in the folder `out`. A plan that is carried out from there is not written again. */
export async function studyPlaces(
  { plan, unlabelled = [], blas, train, dev, test }: Request,
  { out, asked }: { readonly out: string; readonly asked: AskedPlan },
): Promise<Places> {
  const texts = unlabelled.map((given) => namedText(given).path);
  const planIsThere = plan !== undefined && await isPlanOf(out, plan);
  return {
    read: [
      modelPlace(asked.model),
      ...dataPlaces(asked.folders),
      ...placesOf({ train, dev, test, blas }),
      ...placesOf({ plan: planIsThere ? undefined : plan }),
      ...placesOf({ unlabelled: texts }, { files: TEXT_FILES }),
    ],
    written: [
      ...placesOf({ out }, { files: STUDY_FILES }),
      // Says with a text in the folder what was adapted to which text.
      ...placesOf({ out: unlabelled.length > 0 ? `${out}/adapted/NAME/adaptation.txt` : undefined }),
    ],
  };
}

/** The files that a study writes, by their names, but for its plan. */
const OWN_FILES: Readonly<Record<string, OwnFile>> = {
  [CUTS_FILE]: { what: "what a budget left of a plan", beginning: /^\{"asked":"/ },
  [RESULTS_FILE]: { what: "the records of a study", beginning: /^\{"version":\d+,"key":\{"arm":"/ },
  [REPORT_JSON]: { what: "the report of a study", beginning: /^\{\n "version": \d+,\n "plan": / },
  [REPORT_FILE]: {
    what: "the report of a study",
    beginning: new RegExp(`^<!doctype html>\n<html lang="en"><head>.*<title>${TITLE}</title>`, "s"),
  },
};

/**
 * Refuses a folder in which the files of a study would take the place of other ones.
 *
 * @throws {LacunaError} naming the file that would be lost
 */
export async function checkStudyFiles(out: string, { plan }: Pick<Request, "plan">): Promise<void> {
  const store = new DenoStore(out);
  for (const [name, file] of Object.entries(OWN_FILES)) await checkOwn(store.locate(name), file);
  if (plan !== undefined && await isPlanOf(out, plan)) return; // it stays as it is
  if (!await store.exists(PLAN_FILE) || isFormattedPlan(await readText(store, PLAN_FILE))) return;
  const path = store.locate(PLAN_FILE);
  throw new LacunaError(
    `${path}: expected the plan of a study, or no such file, found one that somebody has written, which would ` +
      `be lost: carry it out with --plan ${path}, move it, or choose another place`,
  );
}

/** Whether a path leads to the plan in the folder of a study. */
export async function isPlanOf(out: string, path: string): Promise<boolean> {
  return await isSame(path, `${out}/${PLAN_FILE}`);
}

function dataPlaces(folders: AskedPlan["folders"]): NamedPath[] {
  const option = folders === EMBEDDED_DATA ? "the embedded corpus" : "--data";
  return Object.values(folders ?? {}).map((path) => ({ option, path, files: LABELLED_FILES }));
}
