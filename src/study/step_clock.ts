import type { TrainingEvent } from "../training/events.ts";

/** Milliseconds: the events of losses that were read back together follow each other faster. */
const BURST_GAP = 2;

/**
 * Seconds that a run spent in training, told from its events: what lies between a step and the event before it is
 * training, what lies before any other event is evaluating or saving.
 */
export class StepClock {
  readonly #now: () => number;
  #last = 0;
  #burst: { seconds: number; steps: number } | undefined;
  readonly #bursts: { seconds: number; steps: number }[] = [];

  /** @param now milliseconds of a clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes every event of a run, in order. */
  note({ type }: Pick<TrainingEvent, "type">): void {
    const now = this.#now();
    const gap = now - this.#last;
    this.#last = now;
    if (type !== "step") this.#burst = undefined;
    else {
      if (this.#burst === undefined || gap > BURST_GAP) {
        this.#bursts.push(this.#burst = { seconds: 0, steps: 0 });
      }
      this.#burst.steps++;
      this.#burst.seconds += gap / 1000;
    }
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
