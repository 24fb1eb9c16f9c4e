import { type Burst, Bursts } from "../run/bursts.ts";
import type { TrainingEvent } from "../training/events.ts";

/** Seconds that a run spent in training, told from its events. */
export class StepClock {
  readonly #events: Bursts;
  readonly #bursts: Burst[] = [];

  /** @param now milliseconds of a clock */
  constructor(now: () => number = () => performance.now()) {
    this.#events = new Bursts(now);
  }

  /** Takes every event of a run, in order. */
  note(event: Pick<TrainingEvent, "type">): void {
    const step = this.#events.note(event);
    if (step?.begins) this.#bursts.push(step.burst);
  }

  /** Seconds of all steps. */
  get seconds(): number {
    return this.#bursts.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** The median over the steps; 0 before the first one. */
  get secondsPerStep(): number {
    const each = this.#bursts.flatMap(({ seconds, steps }) => Array<number>(steps).fill(seconds / steps));
    const sorted = each.sort((a, b) => a - b);
    const middle = sorted.length / 2;
    return sorted.length === 0 ? 0 : (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
  }
}
