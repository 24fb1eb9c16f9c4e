/** How fast a run goes and when it will be done. */

import { type Burst, Bursts } from "../../run/bursts.ts";

/** What counts of an event. */
type PacedEvent = { readonly type: "step"; readonly tokens: number } | {
  readonly type: "start" | "augmentation" | "evaluation" | "checkpoint" | "warning" | "done";
};

/**
 * Measures a run by its events. Step events come in bursts; what is told holds up to the end of the last
 * whole burst, and is undefined before the first one is over.
 */
export class Pace {
  readonly #events: Bursts;
  #start: number;
  #elapsed = 0;
  #burst: Burst | undefined;
  #training: Burst = { tokens: 0, steps: 0, seconds: 0 };

  /** @param now milliseconds of a clock */
  constructor(now: () => number = () => performance.now()) {
    this.#events = new Bursts(now);
    this.#start = this.#events.last;
  }

  /** Takes every event of a run, in order. */
  note<Event extends PacedEvent>(event: Event): void {
    const before = this.#events.last;
    const step = this.#events.note(event);
    if (event.type === "start") {
      // What came before it, as an augmentation does, has a pace of its own.
      this.#start = this.#events.last;
      this.#burst = undefined;
      this.#training = { tokens: 0, steps: 0, seconds: 0 };
    } else if (step?.begins) {
      this.#endBurst(before);
      this.#burst = step.burst;
    }
  }

  /** Tokens that go through training a second, evaluations left out. */
  get tokensPerSecond(): number | undefined {
    const { tokens, seconds } = this.#training;
    return seconds > 0 ? tokens / seconds : undefined;
  }

  /** Seconds that so many more steps will take, with the evaluations between them. */
  secondsFor(steps: number): number | undefined {
    const done = this.#training.steps;
    return done > 0 ? this.#elapsed / done * steps : undefined;
  }

  #endBurst(at: number): void {
    if (!this.#burst) return;
    this.#elapsed = (at - this.#start) / 1000;
    for (const what of ["tokens", "steps", "seconds"] as const) this.#training[what] += this.#burst[what];
  }
}

/** A time span for people: `45 s`, `2 min 10 s`, `1 h 2 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
