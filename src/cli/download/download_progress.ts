/** How far a download is: a bar on a terminal, lines in a file or a pipe. */

import type { Console } from "../frame/command.ts";
import { formatBytes } from "../frame/format.ts";
import { ProgressBar } from "../progress/progress_bar.ts";

const MEBIBYTE = 2 ** 20;

/** Lines for a file, where there is no bar. */
const LINES = 10;

/** Shows bytes of one file after another on stderr. */
export class DownloadProgress {
  readonly #console: Console;
  readonly #bar: ProgressBar | undefined;
  #shown = "";

  constructor(console: Console) {
    this.#console = console;
    this.#bar = console.columns === undefined ? undefined : new ProgressBar(console, console.columns);
  }

  /** Files of less than a mebibyte are there at once. */
  show({ path, bytes, size }: { path: string; bytes: number; size: number }): void {
    if (size < MEBIBYTE) return;
    const step = this.#bar ? Math.floor(bytes / MEBIBYTE) : Math.floor(LINES * bytes / size);
    const shown = `${path} ${step}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (this.#bar) {
      const totalSteps = Math.ceil(size / MEBIBYTE);
      this.#bar.step({ step, totalSteps, stage: path, numbers: ["MiB"] });
    } else if (bytes > 0 && bytes < size) {
      this.say(`${path}: ${formatBytes(bytes)} of ${formatBytes(size)}`);
    }
  }

  /** A line that stays. */
  say(line: string): void {
    if (this.#bar) this.#bar.say(line);
    else this.#console.progress(line);
  }

  [Symbol.dispose](): void {
    this.#bar?.close();
  }
}
