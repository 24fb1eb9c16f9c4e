/** Steps as a bar on a terminal, drawn by npm's cli-progress. */

import { SingleBar } from "cli-progress";
import type { Terminal } from "../frame/terminal.ts";
import type { ProgressView, StepStatus } from "./progress_view.ts";

/** What cli-progress, which has no types, lets us do. */
interface Bar {
  readonly isActive: boolean;
  setTotal(total: number): void;
  start(total: number, value: number, payload: Record<string, string>): void;
  update(value: number, payload: Record<string, string>): void;
  stop(): void;
}

/** Characters of a line beside the bar itself, at their most. */
const TEXT_WIDTH = 65;

/** A bar at the bottom of the terminal; lines that are said scroll above it. */
export class ProgressBar implements ProgressView {
  readonly #terminal: Terminal;
  readonly #bar: Bar;

  constructor(terminal: Terminal, columns: number) {
    this.#terminal = terminal;
    const stream = { isTTY: true, columns, write: (text: string) => terminal.stderr(text) };
    this.#bar = new SingleBar({
      stream,
      format: "{stage} {bar} {value}/{total}{numbers}",
      barsize: Math.max(5, Math.min(30, columns - TEXT_WIDTH)),
      barCompleteChar: "█",
      barIncompleteChar: "░",
      clearOnComplete: true,
      // Otherwise a killed process would leave the terminal without line wrapping.
      linewrap: true,
      // The command listens to Ctrl-C itself.
      gracefulExit: false,
    }) as Bar;
  }

  step({ step, totalSteps, stage, numbers }: StepStatus): void {
    const payload = { stage, numbers: numbers.map((number) => ` | ${number}`).join("") };
    if (this.#bar.isActive) {
      this.#bar.setTotal(totalSteps); // a run over text estimates it
      this.#bar.update(step, payload);
    } else this.#bar.start(totalSteps, step, payload);
  }

  say(line: string): void {
    this.close();
    this.#terminal.stderr(`${line}\n`);
  }

  /** Takes the bar away; the next step brings it back. */
  close(): void {
    if (this.#bar.isActive) this.#bar.stop();
  }
}
