import { checkReplaceable, finishSaving } from "../checkpoint/model_folder.ts";
import type { WordCrf } from "../crf/word_crf.ts";
import type { Model } from "../model/model.ts";
import { type SavedDtype, saveModel } from "../model/save.ts";
import type { TokenizerFiles } from "../model/tokenizer_files.ts";
import { type JoinedWords, saveWords } from "../model/words_file.ts";
import { type FolderLock, lockFolder } from "../store/folder_lock.ts";
import { joinPath, removePartialFiles } from "../store/store.ts";
import { TrainingError } from "../errors.ts";
import type { CheckpointEvent } from "./events.ts";
import type { Place, RunInput } from "./input.ts";
import { checkState, type RunState, saveState, saveUnbegun, STATE_FILE } from "./state.ts";

/** Milliseconds between two states; when a state is written changes nothing in the results. */
export const STATE_INTERVAL = 120_000;
/** A large state takes long: between two of them lies at least so many times what the last one took. */
const WORK_TO_SAVING = 20;

/**
 * Takes the folder of a run for the caller, until the lock is disposed. Nothing in it is changed.
 *
 * @throws {LacunaError} if somebody else writes there
 * @throws {CheckpointError} if the run would replace a file that is not Lacuna's, or that was changed since
 */
export async function ownFolder(
  { out: { store, dir }, resume }: Pick<RunInput<never>, "out" | "resume">,
): Promise<FolderLock> {
  const lock = await lockFolder(store, dir);
  try {
    await checkReplaceable(store, dir);
    // Whoever resumes says what is the matter with the state.
    if (!resume) await checkState(store, joinPath(dir, STATE_FILE));
    return lock;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Runs `body`, which writes to `out`, in a folder that the caller owns, or owns meanwhile (see {@linkcode
 * ownFolder}).
 */
export async function inOwnFolder<T>(
  { lock, ...input }: Pick<RunInput<never>, "out" | "lock" | "resume">,
  body: () => Promise<T>,
): Promise<T> {
  await using _lock = lock ? undefined : await ownFolder(input);
  return await body();
}

/** Where a run keeps its best model and the state to resume from. */
export class RunFolder {
  readonly #place: Place;
  readonly #onSave: (event: Pick<CheckpointEvent, "kind" | "path">) => void;
  readonly #states: boolean;
  readonly #interval: number;
  /** When the next state is to be written, by `performance.now()`. */
  #nextState: number;
  /** Whether this run has written here yet. */
  #begun = false;
  /** Whether a state in the folder is one of this run. */
  #stateIsOurs: boolean;

  constructor(
    place: Place,
    { resumed, states = true, stateInterval = STATE_INTERVAL, onSave = () => {} }: {
      resumed: boolean;
      /** Whether states are written at all. */
      states?: boolean;
      stateInterval?: number;
      onSave?: (event: Pick<CheckpointEvent, "kind" | "path">) => void;
    },
  ) {
    this.#place = place;
    this.#onSave = onSave;
    this.#states = states;
    this.#interval = stateInterval;
    this.#nextState = performance.now() + stateInterval;
    this.#stateIsOurs = resumed;
  }

  /** Whether it is time for another state. */
  get stateDue(): boolean {
    return this.#states && performance.now() >= this.#nextState;
  }

  /** Saves the best model so far. */
  async saveModel(
    model: Model,
    tokenizer: TokenizerFiles,
    options: {
      dtype?: SavedDtype;
      keepMaskedLm?: boolean;
      words?: JoinedWords;
      temperature?: number;
      card?: string;
    } = {},
  ): Promise<void> {
    await this.#replace(({ store, dir }) => saveModel(model, store, { dir, tokenizer, ...options }));
  }

  /** Saves a model that is one of words alone. */
  async saveWords(crf: WordCrf): Promise<void> {
    await this.#replace(({ store, dir }) => saveWords(crf, store, { dir }));
  }

  async #replace(save: (place: Place) => Promise<void>): Promise<void> {
    const { store, dir } = this.#place;
    await this.#begin();
    // The state of a run before this one must not be resumed with the model of this one.
    if (!this.#stateIsOurs) await this.removeState();
    this.#stateIsOurs = true;
    await save(this.#place);
    this.#onSave({ kind: "model", path: store.locate(joinPath(dir, "model.safetensors")) });
  }

  /** Saves the state to resume from. */
  async saveState(state: RunState): Promise<void> {
    if (!this.#states) return;
    const { store, dir } = this.#place;
    await this.#begin();
    const path = joinPath(dir, STATE_FILE);
    const began = performance.now();
    await saveState(store, path, state);
    const ended = performance.now();
    const work = this.#interval === 0 ? 0 : WORK_TO_SAVING * (ended - began);
    this.#nextState = ended + Math.max(this.#interval, work);
    this.#stateIsOurs = true;
    this.#onSave({ kind: "state", path: store.locate(path) });
  }

  /**
   * Sees to it that a run that ends before its first step can be resumed; a state that it was itself resumed
   * from stays.
   *
   * @throws {TrainingError} if there is the state of another run, which may be worth days: it stays, too
   */
  async saveUnbegun(): Promise<void> {
    if (!this.#states) return;
    const { store, dir } = this.#place;
    const path = joinPath(dir, STATE_FILE);
    if (!await store.exists(path)) return await saveUnbegun(store, path);
    if (this.#stateIsOurs) return;
    throw new TrainingError(
      `Interrupted before the first step. ${
        store.locate(path)
      } is the state of an earlier run and was left as it was: ` +
        "resume that run, or begin this one again",
    );
  }

  /** Removes the state, where there is one. */
  async removeState(): Promise<void> {
    const { store, dir } = this.#place;
    await this.#begin();
    const path = joinPath(dir, STATE_FILE);
    if (await store.exists(path)) await store.remove(path);
  }

  /** Tidies up after processes that were killed, once. */
  async #begin(): Promise<void> {
    if (this.#begun) return;
    const { store, dir } = this.#place;
    await removePartialFiles(store, dir);
    await finishSaving(store, dir);
    this.#begun = true;
  }
}
