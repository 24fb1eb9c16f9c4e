/** Steps as plain lines, for files and pipes. */

import type { ProgressView, StepStatus } from "./progress_view.ts";
import type { Terminal } from "../frame/terminal.ts";

/** Lines of steps in a whole run; epochs have theirs beside them. */
const LINES = 20;

/** A line every twentieth of the run. */
export class ProgressLines implements ProgressView {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  step({ step, totalSteps, stage, numbers }: StepStatus): void {
    if (step % Math.ceil(totalSteps / LINES) !== 0) return;
    this.say([`${stage}, step ${step}/${totalSteps}`, ...numbers].join(", "));
  }

  say(line: string): void {
    this.#terminal.stderr(`${line}\n`);
  }

  close(): void {}
}
