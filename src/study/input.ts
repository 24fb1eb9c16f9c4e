import type { ComputeDevice } from "../device/device.ts";
import type { TextFile } from "../pretraining/corpus.ts";
import type { Place, StartingPoint } from "../run/input.ts";
import type { StudyEvent } from "./events.ts";
import type { StudyPlan } from "./plan.ts";
import type { StudyData } from "./study_data.ts";

/** A checkpoint that runs begin from. */
export interface Checkpoint {
  /** Its name in records, not a path. */
  readonly name: string;
  /** Tells it apart from others of the same name. */
  readonly hash: string;
  readonly start: StartingPoint;
}

/** What a study computes, on what, and where. */
export interface StudyInput {
  readonly plan: StudyPlan;
  readonly data: readonly StudyData[];
  readonly checkpoint: Checkpoint;
  /** Raw text of each data set, by its name, where the plan adapts. */
  readonly unlabelled?: ReadonlyMap<string, readonly TextFile[]>;
  /** Where records go; what is finished there is kept. */
  readonly out: Place;
  /** A folder of this process alone for models in the making; what is in it is of no use afterwards. */
  readonly work: Place;
  /** Opens a device for one run, which has it to itself. */
  readonly openDevice: () => Promise<ComputeDevice>;
  /** Runs at a time. */
  readonly jobs: number;
  /** For records: the version of each program. */
  readonly versions: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: StudyEvent) => void;
}
