import { TrainingError } from "../errors.ts";
import { joinPath } from "../store/store.ts";
import type { Cell } from "./cells.ts";
import type { Stage } from "./events.ts";
import { forEach } from "./for_each.ts";
import type { StudyInput } from "./input.ts";
import { PreparedCells, type PreparedCellsInput } from "./prepared_cells.ts";
import { RECORD_VERSION, runName, type RunRecord } from "./record.ts";
import { runCell } from "./run_cell.ts";
import { RunStore } from "./run_store.ts";

/** What runs of a stage share. */
export interface StageInput extends StudyInput, PreparedCellsInput {
  readonly stage: Stage;
  /** Called after every run that is stored, with all records so far in the order of the cells. */
  readonly onRecords?: (records: readonly RunRecord[]) => Promise<void>;
}

/** What the runs of a stage came to. */
export interface StageResult {
  /** In the order of the cells. */
  readonly records: readonly RunRecord[];
  /** Runs that diverged, each with the reason. */
  readonly failures: readonly { readonly run: string; readonly message: string }[];
}

/**
 * Runs the cells that are not finished, some at a time, each on a device of its own, and stores each as it
 * ends.
 *
 * @throws {DataError} before anything is trained, if a finished run is not the one that is asked for
 * @throws the signal's reason, if it is aborted; what was in progress is lost, what was finished is stored
 */
export async function runCells(cells: readonly Cell[], input: StageInput): Promise<StageResult> {
  const { jobs, stage, onEvent, onRecords } = input;
  const runs = new RunStore(input.out);
  const prepared = new PreparedCells(input);
  const found = await prepared.finished(cells);
  const left = cells.filter(({ key }) => !found.has(runName(key)));
  onEvent?.({ type: "stage", stage, cells: left, kept: found.size });
  const records = () => cells.flatMap(({ key }) => found.get(runName(key)) ?? []);
  const failures: { run: string; message: string }[] = [];
  // Runs end at any time, and their records are told one after another.
  let told = Promise.resolve();
  const tell = () => told = told.then(() => onRecords?.(records()));
  await tell();
  await forEach(left, { jobs, signal: input.signal }, async (cell, { job, signal }) => {
    const started = performance.now();
    try {
      const { record, tags } = await runPrepared(cell, { ...input, prepared, job, signal });
      await runs.add(record, tags);
      found.set(runName(cell.key), record);
      await tell();
      onEvent?.({ type: "run", cell, record, seconds: (performance.now() - started) / 1000 });
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      failures.push({ run: runName(cell.key), message: error.message });
      onEvent?.({ type: "failure", cell, error });
    }
  });
  return { records: records(), failures };
}

/** Runs a cell on a device of its own. */
async function runPrepared(
  cell: Cell,
  { prepared, work, versions, openDevice, onEvent, job, signal }:
    & Pick<StudyInput, "work" | "versions" | "openDevice" | "onEvent">
    & { prepared: PreparedCells; job: number; signal: AbortSignal },
): Promise<{ record: RunRecord; tags: readonly (readonly string[])[] }> {
  const { key } = cell;
  const { start, name: model } = prepared.checkpoint(cell);
  const device = await openDevice();
  try {
    const { settings, tags, ...measured } = await runCell({
      ...prepared.sentences(cell),
      device,
      start,
      work: { store: work.store, dir: joinPath(work.dir, String(job)) },
      settings: prepared.settings(cell),
      budget: prepared.budget(cell),
      signal,
      onStep: ({ tokens }) => onEvent?.({ type: "tokens", key, tokens }),
    });
    const { maxSteps } = settings;
    const record: RunRecord = {
      version: RECORD_VERSION,
      key,
      settings: { ...prepared.identity(cell), maxSteps },
      model,
      device: device.description,
      versions,
      ...measured,
    };
    return { record, tags };
  } finally {
    device.destroy();
  }
}
