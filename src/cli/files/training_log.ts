/** The log of a training run: JSON Lines, one event a line. */

import { attempt, attemptSync } from "./deno_store.ts";
import { checkOwn, type OwnFile } from "./own_file.ts";

/** How it is told from other files: every line begins so. */
const LOG: OwnFile = {
  what: "the log of a run",
  beginning: /^\{"time":"\d{4}-\d\d-\d\dT[\d:.]+Z","type":"/,
};

/** Appends events with their time to a file, each line at once: a killed run keeps what it logged. */
export class TrainingLog {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  /** Whether there was no such file before. */
  readonly #made: boolean;

  private constructor(path: string, { file, made }: { file: Deno.FsFile; made: boolean }) {
    this.#path = path;
    this.#file = file;
    this.#made = made;
  }

  /**
   * Opens a log without changing what stands in it.
   *
   * @throws {LacunaError} if it cannot be written, or what stands there is no log, before a run has cost time
   */
  static async open(path: string): Promise<TrainingLog> {
    await checkOwn(path, LOG);
    return new TrainingLog(path, await attempt(`cannot write ${path}`, () => openOrMake(path)));
  }

  /** Where it is. */
  get path(): string {
    return this.#path;
  }

  /** Drops what earlier runs logged. */
  clear(): void {
    attemptSync(`cannot write ${this.#path}`, () => {
      if (this.#file.statSync().isFile) this.#file.truncateSync(); // a device such as /dev/null keeps nothing
    });
  }

  /**
   * Appends a line.
   *
   * @throws {LacunaError} if it cannot be written, as on a full disk
   */
  write<E extends { readonly type: string }>({ type, ...event }: E): void {
    const line = `${JSON.stringify({ time: new Date().toISOString(), type, ...event })}\n`;
    const bytes = new TextEncoder().encode(line);
    attemptSync(`cannot write ${this.#path}`, () => {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    });
  }

  /** A log that was made for nothing is taken away. */
  [Symbol.dispose](): void {
    const { size } = this.#file.statSync();
    this.#file.close();
    if (size > 0 || !this.#made) return;
    attemptSync(`cannot remove ${this.#path}`, () => Deno.removeSync(this.#path));
  }
}

async function openOrMake(path: string): Promise<{ file: Deno.FsFile; made: boolean }> {
  const options = { read: true, append: true };
  try {
    return { file: await Deno.open(path, { ...options, createNew: true }), made: true };
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return { file: await Deno.open(path, { ...options, create: true }), made: false };
  }
}
