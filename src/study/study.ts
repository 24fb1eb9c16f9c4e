import { OptionError } from "../errors.ts";
import { joinPath } from "../store/store.ts";
import { adapt } from "./adaptation.ts";
import { type ChosenRates, gridCells, tuningCells } from "./cells.ts";
import type { Checkpoint, StudyInput } from "./input.ts";
import { checkPlan } from "./plan.ts";
import { runCells, type StageResult } from "./run_cells.ts";
import { RunStore } from "./run_store.ts";
import { checkData } from "./study_data.ts";
import { chooseRates } from "./tuning.ts";
import { Work } from "./work.ts";

/** The file with all records, in the folder of a study: JSON Lines. */
export const RESULTS_FILE = "results.jsonl";

/** What a study came to. */
export interface StudyResult extends StageResult {
  /** The learning rates that were chosen on dev, where rates were tuned. */
  readonly chosen: ChosenRates | undefined;
}

/**
 * Carries out a plan: adapts the checkpoint to each language if the plan says so, tunes, and runs the grid. Everything
 * that is finished in `out` is kept.
 *
 * @throws {LacunaError} before anything is trained, for a plan or data that cannot work, or other runs in `out`
 * @throws the signal's reason, if it is aborted
 */
export async function runStudy(input: StudyInput): Promise<StudyResult> {
  checkStudy(input);
  const { plan, data, checkpoint, out } = input;
  const names = data.map(({ name }) => name);
  const tokens = await Work.open(plan, data, checkpoint.start);
  const stage = { ...input, tokens, checkpoints: await adaptAll(input) };
  const tuned = plan.tuning &&
    await runCells(tuningCells(plan, names), { ...stage, stage: "tuning" });
  const chosen = tuned && chooseRates(tuned.records, { ...plan, tuning: plan.tuning! });
  const runs = new RunStore(out);
  const grid = await runCells(gridCells(plan, names, chosen), {
    ...stage,
    stage: "grid",
    onRecords: (records) => runs.collect(RESULTS_FILE, records),
  });
  return { ...grid, failures: [...tuned?.failures ?? [], ...grid.failures], chosen };
}

/**
 * Refuses what cannot work before it costs time.
 *
 * @throws {LacunaError} saying what is wrong with the plan, the data or the raw text
 */
export function checkStudy(
  { plan, data, unlabelled }: Pick<StudyInput, "plan" | "data" | "unlabelled">,
): void {
  checkPlan(plan);
  checkData(plan, data);
  if (!plan.adaptation) {
    if (unlabelled) {
      throw new OptionError("Expected a plan with adaptation for unlabelled text but found none");
    }
    return;
  }
  // Adapting some languages only would make a comparison of languages one of texts.
  const without = data.filter(({ name }) => !unlabelled?.has(name)).map(({ name }) => name);
  if (without.length > 0) {
    throw new OptionError(
      `Expected unlabelled text for every data set but found none for ${without.join(", ")}`,
    );
  }
}

/** The checkpoint that the runs of each data set begin from. */
async function adaptAll(input: StudyInput): Promise<ReadonlyMap<string, Checkpoint>> {
  const { plan: { adaptation }, data, checkpoint, unlabelled, out, onEvent } = input;
  const checkpoints = new Map<string, Checkpoint>();
  if (adaptation) onEvent?.({ type: "stage", stage: "adaptation", cells: [], kept: 0 });
  for (const { name } of data) {
    const text = unlabelled?.get(name);
    const adapted = adaptation && await adapt({
      ...input,
      text: text!,
      adaptation,
      out: { store: out.store, dir: joinPath(out.dir, `adapted/${name}`) },
      onEvent: (event) => {
        if (event.type !== "step") return;
        const { step, totalSteps } = event;
        onEvent?.({ type: "adaptation", dataset: name, step, totalSteps });
      },
    });
    checkpoints.set(name, adapted ?? checkpoint);
  }
  return checkpoints;
}
