/** One at a time: a run has the folder that it writes to for itself. */

import { LacunaError } from "../errors.ts";
import { joinPath, type Lock, type Store } from "./store.ts";

/** The name that stands for its folder. */
const LOCK = ".lacuna.lock";

/** A folder that nobody else writes to. */
export class FolderLock {
  readonly #lock: Lock | undefined;

  /** Use {@linkcode lockFolder}. */
  constructor(lock: Lock | undefined) {
    this.#lock = lock;
  }

  /** Leaves the folder to others. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lock?.release();
  }
}

/**
 * Takes a folder of a store for the caller, until the lock is disposed or the process ends, however it ends.
 * A store that has no locks gives the folder to everybody.
 *
 * @param dir "" for the store's own top
 * @throws {LacunaError} if somebody else has it
 */
export async function lockFolder(store: Store, dir: string): Promise<FolderLock> {
  const path = joinPath(dir, LOCK);
  const lock = await store.lock?.(path);
  if (store.lock && !lock) {
    const folder = store.locate(path).slice(0, -LOCK.length).replace(/(?<=.)\/$/, "") || ".";
    throw new LacunaError(
      `${folder}: expected a folder that no other process works in, found one that does: ` +
        "wait for it to end, or use another folder",
    );
  }
  return new FolderLock(lock);
}
