/** A folder for what a process makes on the way, which it has to itself. */

import { LacunaError } from "../errors.ts";
import { attempt } from "./deno_store.ts";

/** Its name in a folder of results. */
export const WORK_FOLDER = "work";

/** {@linkcode WORK_FOLDER}, empty at first and gone afterwards, and a lock on the folder of results. */
export class WorkFolder {
  readonly #path: string;
  readonly #lock: Deno.FsFile;

  /**
   * Locks a folder of results. The system gives the lock back when the process ends, however it ends.
   *
   * @throws {LacunaError} if another process works there
   */
  static async open(out: string): Promise<WorkFolder> {
    const lock = await attempt(
      `cannot write to the folder ${out}`,
      () => Deno.open(`${out}/.lock`, { write: true, create: true }),
    );
    if (!lock.tryLockSync(true)) {
      lock.close();
      throw new LacunaError(
        `${out}: expected a folder that no other process works in, found one that does: wait for it, or use another --out`,
      );
    }
    const folder = new WorkFolder(`${out}/${WORK_FOLDER}`, lock);
    await folder.#remove(); // a process that was killed left it
    return folder;
  }

  private constructor(path: string, lock: Deno.FsFile) {
    this.#path = path;
    this.#lock = lock;
  }

  async #remove(): Promise<void> {
    await Deno.remove(this.#path, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove();
    this.#lock.close();
  }
}
