import { adapt } from "./adaptation.ts";
import { type ChosenRates, gridCells, tuningCells } from "./cells.ts";
import { forEach } from "./for_each.ts";
import type { StudyInput } from "./input.ts";
import { runCells, type StageResult } from "./run_cells.ts";
import { runName } from "./record.ts";
import { RunStore } from "./run_store.ts";
import { adaptationOf, type Survey, surveyStudy } from "./survey.ts";
import { chooseRates } from "./tuning.ts";

/** The file with all records, in the folder of a study: JSON Lines. */
export const RESULTS_FILE = "results.jsonl";

/** What a study came to. */
export interface StudyResult extends StageResult {
  /** The learning rates that were chosen on dev, where rates were tuned. */
  readonly chosen: ChosenRates | undefined;
}

/**
 * Carries out a plan: adapts the checkpoint to each language if the plan says so, tunes, and runs the grid.
 * Everything that is finished in `out` is kept.
 *
 * @throws {LacunaError} before anything is trained, for a plan or data that cannot work, or other runs in
 * `out`
 * @throws the signal's reason, if it is aborted
 */
export async function runStudy(input: StudyInput): Promise<StudyResult> {
  const { plan, data, out } = input;
  const { tokens, checkpoints } = await surveyStudy(input);
  await adaptAll(input);
  const stage = { ...input, tokens, checkpoints };
  const names = data.map(({ name }) => name);
  const tuned = plan.tuning && await runCells(tuningCells(plan, names), { ...stage, stage: "tuning" });
  const chosen = tuned && chooseRates(tuned.records, { ...plan, tuning: plan.tuning! });
  const runs = new RunStore(out);
  const grid = await runCells(gridCells(plan, names, chosen), {
    ...stage,
    stage: "grid",
    onRecords: (records) => runs.collect(RESULTS_FILE, records),
  });
  return { ...grid, failures: [...tuned?.failures ?? [], ...grid.failures], chosen };
}

/** What a study came to so far: its finished runs, in the order of the grid. */
export function finishedStudy(
  { plan, data }: Pick<StudyInput, "plan" | "data">,
  { finished, chosen }: Survey,
): StudyResult {
  const cells = gridCells(plan, data.map(({ name }) => name), chosen);
  const records = cells.flatMap(({ key }) => finished.get(runName(key)) ?? []);
  return { records, failures: [], chosen };
}

/** Adapts the checkpoint to every data set, where the plan does, some at a time. */
async function adaptAll(input: StudyInput): Promise<void> {
  const { plan, data, jobs, onEvent } = input;
  if (!plan.adaptation) return;
  onEvent?.({ type: "stage", stage: "adaptation", cells: [], kept: 0 });
  await forEach(data, { jobs, signal: input.signal }, async ({ name }, { signal }) => {
    await adapt({
      ...adaptationOf(input, name)!,
      signal,
      onEvent: (event) => {
        if (event.type !== "step") return;
        const { step, totalSteps } = event;
        onEvent?.({ type: "adaptation", dataset: name, step, totalSteps });
      },
    });
  });
}
