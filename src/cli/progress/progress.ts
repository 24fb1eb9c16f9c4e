/** What a person sees of a run that trains: a bar on a terminal, plain lines in a file or a pipe. */

import type { LossScaling } from "../../run/events.ts";
import type { Console } from "../frame/command.ts";
import { formatCount } from "../frame/format.ts";
import { formatDuration, Pace } from "./pace.ts";
import { ProgressBar } from "./progress_bar.ts";
import { ProgressLines } from "./progress_lines.ts";
import type { ProgressView } from "./progress_view.ts";

/** One step, as every kind of run tells it. */
interface Step {
  readonly type: "step";
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly tokens: number;
  readonly scaling?: LossScaling;
}

/** An event of a run: a step, or another one, which has a description where it deserves a line. */
export type RunEvent = Step | {
  readonly type: "start" | "augmentation" | "evaluation" | "checkpoint" | "warning" | "done";
};

/** Shows the events of a run on stderr. */
export class Progress<Event extends RunEvent> {
  readonly #view: ProgressView;
  readonly #describe: (event: Event) => string | undefined;
  readonly #pace: Pace;

  /** @param options `describe` gives the line of an event that gets one; steps have theirs already */
  constructor(
    console: Console,
    { describe, pace = new Pace() }: { describe: (event: Event) => string | undefined; pace?: Pace },
  ) {
    this.#view = console.columns === undefined
      ? new ProgressLines(console)
      : new ProgressBar(console, console.columns);
    this.#describe = describe;
    this.#pace = pace;
  }

  /** Takes every event of a run, in order. */
  show(event: Event): void {
    this.#pace.note(event);
    const line = this.#describe(event);
    if (line !== undefined) this.say(line);
    if (event.type === "step") this.#showStep(event);
  }

  #showStep({ step, totalSteps, epoch, loss, scaling }: Step): void {
    const { tokensPerSecond } = this.#pace;
    const seconds = this.#pace.secondsFor(totalSteps - step);
    const numbers = [`loss ${loss.toFixed(4)}`];
    if (scaling && scaling.skippedSteps > 0) numbers.push(`${formatCount(scaling.skippedSteps)} skipped`);
    if (tokensPerSecond !== undefined) numbers.push(`${formatCount(Math.round(tokensPerSecond))} tokens/s`);
    if (seconds !== undefined) numbers.push(`${formatDuration(seconds)} left`);
    this.#view.step({ step, totalSteps, stage: `epoch ${epoch}`, numbers });
  }

  /** A line that stays. */
  say(line: string): void {
    this.#view.say(line);
  }

  /** Leaves the terminal as it was. */
  close(): void {
    this.#view.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
