/** The log of a training run: JSON Lines, one event a line. */

import { attempt } from "./deno_store.ts";

/** Appends events with their time to a file. Each line is written at once: a killed run keeps what it logged. */
export class TrainingLog {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a log without changing what stands in it.
   *
   * @throws {LacunaError} if it cannot be written, before a run has cost time
   */
  static async open(path: string): Promise<TrainingLog> {
    const file = await attempt(
      `cannot write ${path}`,
      () => Deno.open(path, { read: true, append: true, create: true }),
    );
    return new TrainingLog(path, file);
  }

  /** Where it is. */
  get path(): string {
    return this.#path;
  }

  /** Drops what earlier runs logged. */
  clear(): void {
    this.#file.truncateSync();
  }

  /** Appends a line. */
  write<E extends { readonly type: string }>(event: E): void {
    const line = `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`;
    const bytes = new TextEncoder().encode(line);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }

  /** A log in which nothing stands is taken away. */
  [Symbol.dispose](): void {
    const { size } = this.#file.statSync();
    this.#file.close();
    if (size === 0) Deno.removeSync(this.#path);
  }
}
