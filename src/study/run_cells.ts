import { TrainingError } from "../errors.ts";
import { joinPath } from "../store/store.ts";
import { fingerprint } from "../training/fingerprint.ts";
import type { Cell } from "./cells.ts";
import type { Stage } from "./events.ts";
import type { Checkpoint, StudyInput } from "./input.ts";
import { settingsOf } from "./plan.ts";
import { RECORD_VERSION, runName, type RunRecord } from "./record.ts";
import { runCell } from "./run_cell.ts";
import { type RunIdentity, RunStore } from "./run_store.ts";
import { sampleOf, testOf } from "./study_data.ts";
import type { Work } from "./work.ts";

/** What runs of a stage share. */
export interface StageInput extends StudyInput {
  readonly stage: Stage;
  /** The checkpoint of each data set. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly tokens: Work;
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
 * Runs the cells that are not finished, some at a time, each on a device of its own, and stores each as it ends.
 *
 * @throws {DataError} before anything is trained, if a finished run is not the one that is asked for
 * @throws the signal's reason, if it is aborted; what was in progress is lost, what was finished is stored
 */
export async function runCells(cells: readonly Cell[], input: StageInput): Promise<StageResult> {
  const { jobs, stage, onEvent, onRecords } = input;
  const runs = new RunStore(input.out);
  const prepared = new Preparation(input);
  const found = new Map<string, RunRecord>();
  for (const { key, ...cell } of cells) {
    const record = await runs.find(key, prepared.identity({ key, ...cell }));
    if (record) found.set(runName(key), record);
  }
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
      const { record, tags } = await prepared.run(cell, { job, signal });
      await runs.add(record, tags);
      found.set(runName(cell.key), record);
      await tell();
      onEvent?.({ type: "run", cell, record, seconds: (performance.now() - started) / 1000 });
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      failures.push({ run: runName(cell.key), message: error.message });
      onEvent?.({ type: "failure", cell, message: error.message });
    }
  });
  return { records: records(), failures };
}

/** Gives cells their sentences and settings. */
class Preparation {
  readonly #input: StageInput;
  /** Hashes of what runs see: all arms of a data set, size and seed see the same. */
  readonly #hashes = new Map<string, string>();

  constructor(input: StageInput) {
    this.#input = input;
  }

  /** What a finished run of this cell has to agree in. */
  identity(cell: Cell): RunIdentity {
    // The budget decides how long a run is.
    const { epochs: _, maxSteps: __, ...settings } = this.#settings(cell);
    return {
      ...settings,
      budgetTokens: this.#input.tokens.budget(cell),
      data: this.#hash(cell),
      modelHash: this.#input.checkpoints.get(cell.key.dataset)!.hash,
    };
  }

  /** Runs a cell on a device of its own. */
  async run(
    cell: Cell,
    { job, signal }: { job: number; signal: AbortSignal },
  ): Promise<{ record: RunRecord; tags: readonly (readonly string[])[] }> {
    const { checkpoints, versions, tokens, work: folder, openDevice, onEvent } = this.#input;
    const { key } = cell;
    const { start, name: model } = checkpoints.get(key.dataset)!;
    const device = await openDevice();
    try {
      const { settings, tags, ...measured } = await runCell({
        ...this.#sentences(cell),
        device,
        start,
        work: { store: folder.store, dir: joinPath(folder.dir, String(job)) },
        settings: this.#settings(cell),
        budget: tokens.budget(cell),
        signal,
        onStep: ({ tokens }) => onEvent?.({ type: "tokens", key, tokens }),
      });
      const { maxSteps } = settings;
      const record: RunRecord = {
        version: RECORD_VERSION,
        key,
        settings: { ...this.identity(cell), maxSteps },
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

  #settings({ key, arm, learningRate }: Cell) {
    return settingsOf(this.#input.plan, arm, { seed: key.seed, learningRate });
  }

  #sentences({ key, tested }: Cell) {
    const data = this.#input.data.find(({ name }) => name === key.dataset)!;
    const test = tested ? testOf(data, this.#input.plan) : undefined;
    return { ...sampleOf(data, key), test, labels: data.labels };
  }

  #hash(cell: Cell): string {
    const { dataset, size, seed } = cell.key;
    const name = `${dataset} ${size} ${seed}`;
    const hash = this.#hashes.get(name) ?? fingerprint(this.#sentences(cell));
    this.#hashes.set(name, hash);
    return hash;
  }
}

/** Calls `action` for each item, in order, at most `jobs` at a time. The first error ends all, and is thrown. */
async function forEach<Item>(
  items: readonly Item[],
  { jobs, signal }: { jobs: number; signal?: AbortSignal },
  action: (item: Item, context: { job: number; signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const ended = AbortSignal.any(signal ? [signal, failed.signal] : [failed.signal]);
  let next = 0;
  const worker = async (job: number) => {
    while (next < items.length) {
      ended.throwIfAborted();
      await action(items[next++], { job, signal: ended });
    }
  };
  const workers = Array.from(
    { length: Math.min(jobs, items.length) },
    (_, job) =>
      worker(job + 1).catch((error) => {
        failed.abort(error); // the first one is the reason
        throw error;
      }),
  );
  await Promise.allSettled(workers);
  ended.throwIfAborted();
}
