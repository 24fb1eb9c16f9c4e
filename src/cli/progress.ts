/** What a person sees of a training run: a bar on a terminal, plain lines in a file or a pipe. */

import type { EvaluationEvent, StartEvent, TrainingEvent } from "../training/events.ts";
import type { Console } from "./command.ts";
import { counted, formatCount } from "./format.ts";
import { formatDuration, Pace } from "./pace.ts";
import { ProgressBar } from "./progress_bar.ts";
import { ProgressLines } from "./progress_lines.ts";
import type { ProgressView } from "./progress_view.ts";

/** Shows the events of a run on stderr. */
export class Progress {
  readonly #view: ProgressView;
  readonly #pace: Pace;

  constructor(console: Console, pace: Pace = new Pace()) {
    this.#view = console.columns === undefined
      ? new ProgressLines(console)
      : new ProgressBar(console, console.columns);
    this.#pace = pace;
  }

  /** Takes every event of a run, in order. */
  show(event: TrainingEvent): void {
    this.#pace.note(event);
    if (event.type === "start") this.say(describeStart(event));
    if (event.type === "evaluation" && event.split === "dev") this.say(describeEpoch(event));
    if (event.type === "warning") this.say(event.message);
    if (event.type !== "step") return;
    const { step, totalSteps, epoch, loss } = event;
    const { tokensPerSecond } = this.#pace;
    const seconds = this.#pace.secondsFor(totalSteps - step);
    const numbers = [`loss ${loss.toFixed(4)}`];
    if (tokensPerSecond !== undefined) numbers.push(`${formatCount(Math.round(tokensPerSecond))} tokens/s`);
    if (seconds !== undefined) numbers.push(`${formatDuration(seconds)} left`);
    this.#view.step({ step, totalSteps, epoch, numbers });
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

function describeStart({ parameters, sentences, doneSteps, totalSteps }: StartEvent): string {
  const { total, trainable } = parameters;
  const trained = trainable === total
    ? counted(total, "parameter")
    : `${formatCount(trainable)} of ${counted(total, "parameter")}`;
  const steps = doneSteps > 0
    ? `resuming at step ${formatCount(doneSteps)} of ${formatCount(totalSteps)}`
    : counted(totalSteps, "step");
  const { training, dev, test } = sentences;
  return `Training ${trained} on ${counted(training, "sentence")} ` +
    `(dev ${formatCount(dev)}, test ${formatCount(test)}), ${steps}`;
}

function describeEpoch({ epoch, report, best }: EvaluationEvent): string {
  const [strict, lenient] = [report.strict, report.lenient].map(({ micro }) => (100 * micro.f1).toFixed(2));
  return `epoch ${epoch}: dev F1 ${strict} strict, ${lenient} default${best ? " (best so far)" : ""}`;
}
