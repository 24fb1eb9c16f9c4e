import type { Cell } from "./cells.ts";
import type { RunKey, RunRecord } from "./record.ts";
import { type TrainingError } from "../errors.ts";

/** What a study does: the same models for all arms, the same learning rates tried, the grid itself. */
export type Stage = "adaptation" | "tuning" | "grid";

/** What a study tells while it goes on. */
export type StudyEvent =
  /** A stage begins; `cells` are those that are left to run. */
  | { readonly type: "stage"; readonly stage: Stage; readonly cells: readonly Cell[]; readonly kept: number }
  /** A model is being adapted. */
  | {
    readonly type: "adaptation";
    readonly dataset: string;
    readonly step: number;
    readonly totalSteps: number;
  }
  /** Tokens went forward and backward. */
  | { readonly type: "tokens"; readonly key: RunKey; readonly tokens: number }
  /** A run is finished and stored. */
  | { readonly type: "run"; readonly cell: Cell; readonly record: RunRecord; readonly seconds: number }
  /** A run diverged; the others go on. */
  | { readonly type: "failure"; readonly cell: Cell; readonly error: TrainingError };
