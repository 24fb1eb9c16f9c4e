/** What a study reads and writes. */

import {
  isSame,
  LABELLED_FILES,
  modelPlace,
  type NamedPath,
  type Places,
  placesOf,
  TEXT_FILES,
} from "./apart.ts";
import { EMBEDDED_DATA, type StudyDataRequest } from "./compare_data.ts";
import { namedText } from "./compare_inputs.ts";
import type { AskedPlan } from "./compare_plan.ts";

/** The plan that is carried out, in the folder of a study. */
export const PLAN_FILE = "plan.json";

/** The part of the options that names files. */
interface Request extends Omit<StudyDataRequest, "data"> {
  readonly plan?: string;
  readonly unlabelled?: readonly string[];
  readonly blas?: string;
}

/** In the folder of a study: its results, and folders that are its own. */
const STUDY_FILES = /^[^/]+\.(json|jsonl|html|partial)$|^\.lock$|^(runs|adapted|work)(\/|$)/;

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

/** Whether a path leads to the plan in the folder of a study. */
export async function isPlanOf(out: string, path: string): Promise<boolean> {
  return await isSame(path, `${out}/${PLAN_FILE}`);
}

function dataPlaces(folders: AskedPlan["folders"]): NamedPath[] {
  const option = folders === EMBEDDED_DATA ? "the embedded corpus" : "--data";
  return Object.values(folders ?? {}).map((path) => ({ option, path, files: LABELLED_FILES }));
}
