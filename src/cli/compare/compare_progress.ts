/** What a person sees of a study: a line a run, and on a terminal a bar over all of them. */

import type { StudyEvent } from "../../study/events.ts";
import { runName } from "../../study/record.ts";
import { f1Of, totalCounts } from "../../study/counts.ts";
import type { TokenCounts } from "../../study/token_counts.ts";
import type { Console } from "../frame/command.ts";
import { counted, formatCount } from "../frame/format.ts";
import { formatDuration } from "../progress/pace.ts";
import { ProgressBar } from "../progress/progress_bar.ts";

/** Shows the events of a study on stderr. */
export class StudyProgress {
  readonly #console: Console;
  #tokens: TokenCounts | undefined;
  readonly #bar: ProgressBar | undefined;
  readonly #now: () => number;
  #started = 0;
  /** Forward-backward tokens of the stage, what is finished of them, and what runs in progress have done. */
  #total = 0;
  #finished = 0;
  /** How far the adaptations in progress are. */
  readonly #adapting = new Map<string, { step: number; totalSteps: number }>();
  readonly #running = new Map<string, number>();
  #runs = 0;
  #done = 0;

  /** @param options `now` are milliseconds of a clock */
  constructor(console: Console, { now = () => performance.now() }: { now?: () => number } = {}) {
    this.#console = console;
    this.#now = now;
    this.#bar = console.columns === undefined ? undefined : new ProgressBar(console, console.columns);
  }

  /** What the cells of the study cost, which is known before its first event. */
  expect({ tokens }: { tokens: TokenCounts }): void {
    this.#tokens = tokens;
  }

  /** Takes every event of a study, in order. */
  show(event: StudyEvent): void {
    if (event.type === "stage") this.#begin(event);
    else if (event.type === "adaptation") this.#adapt(event);
    else if (event.type === "tokens") {
      const run = runName(event.key);
      this.#running.set(run, (this.#running.get(run) ?? 0) + event.tokens);
      this.#draw();
    } else {
      this.#end(event);
    }
  }

  #adapt({ dataset, step, totalSteps }: StudyEvent & { type: "adaptation" }): void {
    this.#adapting.set(dataset, { step, totalSteps });
    if (step === totalSteps) {
      this.#adapting.delete(dataset);
      this.say(`adapted to ${dataset} in ${counted(totalSteps, "step")}`);
    }
    const running = [...this.#adapting.values()];
    if (running.length === 0) return;
    this.#bar?.step({
      stage: `adapting to ${[...this.#adapting.keys()].join(", ")}`,
      step: running.reduce((sum, { step }) => sum + step, 0),
      totalSteps: running.reduce((sum, { totalSteps }) => sum + totalSteps, 0),
      numbers: [],
    });
  }

  #begin({ stage, cells, kept }: StudyEvent & { type: "stage" }): void {
    if (stage === "adaptation") return;
    this.#started = this.#now();
    this.#total = cells.reduce((sum, cell) => sum + this.#tokens!.cost(cell), 0);
    [this.#finished, this.#done, this.#runs] = [0, 0, cells.length];
    this.#running.clear();
    const finished = kept === 0 ? "" : `, ${formatCount(kept)} are finished`;
    this.say(
      `${stage === "tuning" ? "Tuning on dev" : "Grid"}: ${counted(cells.length, "run")} to do${finished}`,
    );
  }

  #end(event: StudyEvent & { type: "run" | "failure" }): void {
    const run = runName(event.cell.key);
    this.#running.delete(run);
    this.#finished += this.#tokens!.cost(event.cell);
    this.#done++;
    const left = this.#secondsLeft();
    this.say([
      `[${this.#done}/${this.#runs}] ${run}: ${
        event.type === "run" ? scores(event) : this.#console.typed(event.error.said)
      }`,
      ...(left === undefined || this.#done === this.#runs ? [] : [`${formatDuration(left)} left`]),
    ].join("; "));
  }

  #draw(): void {
    const left = this.#secondsLeft();
    this.#bar?.step({
      stage: `run ${Math.min(this.#runs, this.#done + 1)} of ${this.#runs}`,
      step: Math.min(100, Math.floor(100 * this.#worked / this.#total)),
      totalSteps: 100,
      numbers: left === undefined ? [] : [`${formatDuration(left)} left`],
    });
  }

  get #worked(): number {
    return this.#finished + [...this.#running.values()].reduce((sum, tokens) => sum + tokens, 0);
  }

  #secondsLeft(): number | undefined {
    const worked = this.#worked;
    if (worked === 0) return undefined;
    return (this.#now() - this.#started) / 1000 * Math.max(0, this.#total - worked) / worked;
  }

  /** A line that stays. */
  say(line: string): void {
    if (this.#bar) this.#bar.say(line);
    else this.#console.progress(line);
  }

  /** Leaves the terminal as it was. */
  close(): void {
    this.#bar?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function scores({ record, seconds }: StudyEvent & { type: "run" }): string {
  const percent = (f1: number) => (100 * f1).toFixed(2);
  const test = record.test ? `, test F1 ${percent(f1Of(totalCounts(record.test)))}` : "";
  return `dev F1 ${percent(record.dev.f1)}${test} (${formatDuration(seconds)})`;
}
