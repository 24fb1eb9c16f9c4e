/** A folder for what a process makes on the way, which it has to itself. */

import { LacunaError } from "../../errors.ts";
import { type FolderLock, lockFolder } from "../../store/folder_lock.ts";
import { removePartialFiles } from "../../store/store.ts";
import { attempt, DenoStore } from "./deno_store.ts";

/** Its name in a folder of results. */
export const WORK_FOLDER = "work";

/** A file in it that says that we made it: a folder without it is somebody else's, whatever its name. */
const MARK = ".made-by-lacuna";
const MARK_TEXT = "deno task compare made this folder, and deletes it with all that is in it.\n";

/** {@linkcode WORK_FOLDER}, empty at first and gone afterwards, and a lock on the folder of results. */
export class WorkFolder {
  readonly #path: string;
  readonly #lock: FolderLock;

  /**
   * Locks a folder of results. The system gives the lock back when the process ends, however it ends.
   *
   * @throws {LacunaError} if another process works there, or a person keeps something under the folder's name
   */
  static async open(out: string): Promise<WorkFolder> {
    const store = new DenoStore(out);
    const lock = await lockFolder(store, "");
    try {
      const folder = new WorkFolder(`${out}/${WORK_FOLDER}`, lock);
      // What a process that was killed left.
      await folder.#remove();
      for (const dir of ["", "runs"]) await removePartialFiles(store, dir);
      await folder.#make();
      return folder;
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(path: string, lock: FolderLock) {
    this.#path = path;
    this.#lock = lock;
  }

  async #make(): Promise<void> {
    await attempt(`cannot make the folder ${this.#path}`, async () => {
      await this.#removePartial();
      await Deno.mkdir(this.#partial);
      await Deno.writeTextFile(`${this.#partial}/${MARK}`, MARK_TEXT, { createNew: true });
      await Deno.rename(this.#partial, this.#path);
    });
  }

  /** Removes the folder, if there is one and it is ours. */
  async #remove(): Promise<void> {
    const path = this.#path;
    const found = await kindOf(path);
    if (found === undefined) return;
    if (found !== "folder" || await kindOf(`${path}/${MARK}`) !== "file") {
      throw new LacunaError(
        `${path}: expected no such name, or a folder that compare made and may delete, ` +
          `found another ${found}: give it another name, or use another --out`,
      );
    }
    await attempt(`cannot remove the folder ${path}`, async () => {
      for await (const { name } of Deno.readDir(path)) {
        if (name !== MARK) await Deno.remove(`${path}/${name}`, { recursive: true });
      }
      await this.#removePartial();
      await Deno.rename(path, this.#partial);
      await this.#removePartial();
    });
  }

  /**
   * The folder before it has its mark and after it has lost it: one under its own name always has it,
   * whenever the process ends. It never holds more than the mark.
   */
  get #partial(): string {
    return `${this.#path}.partial`;
  }

  async #removePartial(): Promise<void> {
    if (await kindOf(this.#partial) === undefined) return;
    if (await kindOf(`${this.#partial}/${MARK}`) === "file") await Deno.remove(`${this.#partial}/${MARK}`);
    await Deno.remove(this.#partial); // the system refuses where somebody else keeps something in it
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#remove();
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }
}

/** What stands under a name itself: a link is a link, wherever it leads. */
async function kindOf(path: string): Promise<"folder" | "file" | "link" | undefined> {
  return await attempt(`cannot read ${path}`, async () => {
    try {
      const { isDirectory, isSymlink } = await Deno.lstat(path);
      return isSymlink ? "link" : isDirectory ? "folder" : "file";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}
