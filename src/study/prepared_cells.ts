import type { Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { fingerprint } from "../run/fingerprint.ts";
import type { TrainingSettings } from "../training/settings.ts";
import type { Cell } from "./cells.ts";
import type { Checkpoint, StudyInput } from "./input.ts";
import { armSettings } from "./plan.ts";
import { runName, type RunRecord } from "./record.ts";
import { type CellIdentity, RunStore } from "./run_store.ts";
import { sampleOf, testOf } from "./study_data.ts";
import type { TokenCounts } from "./token_counts.ts";

/** What cells are prepared from. */
export interface PreparedCellsInput extends Pick<StudyInput, "plan" | "data" | "out" | "signal"> {
  /** The checkpoint of each data set. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly tokens: TokenCounts;
}

/** Gives cells their sentences and settings, and knows their finished runs. */
export class PreparedCells {
  readonly #input: PreparedCellsInput;
  /** Hashes of what runs see: all arms of a data set, size and seed see the same. */
  readonly #hashes = new Map<string, string>();

  constructor(input: PreparedCellsInput) {
    this.#input = input;
  }

  /**
   * The records of the cells that are finished, by their names.
   *
   * @throws {DataError} if one of them was made with other settings, data or model
   * @throws the signal's reason, if it is aborted
   */
  async finished(cells: readonly Cell[]): Promise<Map<string, RunRecord>> {
    const runs = new RunStore(this.#input.out);
    const found = new Map<string, RunRecord>();
    for (const cell of cells) {
      await yieldToHost(this.#input.signal);
      const record = await runs.find(cell.key, this.identity(cell));
      if (record) found.set(runName(cell.key), record);
    }
    return found;
  }

  /** What a finished run of this cell has to agree in. */
  identity(cell: Cell): CellIdentity {
    // The budget decides how long a run is.
    const { epochs: _, maxSteps: __, ...settings } = this.settings(cell);
    return {
      ...settings,
      budgetTokens: this.budget(cell),
      data: this.#hash(cell),
      modelHash: this.checkpoint(cell).hash,
    };
  }

  /** Settings but for the number of steps. */
  settings({ key, arm, learningRate }: Cell): TrainingSettings {
    return armSettings(this.#input.plan, arm, { seed: key.seed, learningRate });
  }

  /** Forward-backward tokens of the run. */
  budget(cell: Cell): number {
    return this.#input.tokens.budget(cell);
  }

  /** What the run begins from. */
  checkpoint({ key }: Cell): Checkpoint {
    return this.#input.checkpoints.get(key.dataset)!;
  }

  /** What the run sees. */
  sentences({ key, tested }: Cell): {
    training: readonly Sentence[];
    dev: readonly Sentence[];
    test: readonly Sentence[] | undefined;
    labels: readonly string[];
  } {
    const data = this.#input.data.find(({ name }) => name === key.dataset)!;
    const test = tested ? testOf(data, this.#input.plan) : undefined;
    return { ...sampleOf(data, key), test, labels: data.labels };
  }

  #hash(cell: Cell): string {
    const { dataset, size, seed } = cell.key;
    const name = `${dataset} ${size} ${seed}`;
    const hash = this.#hashes.get(name) ?? fingerprint(this.sentences(cell));
    this.#hashes.set(name, hash);
    return hash;
  }
}
