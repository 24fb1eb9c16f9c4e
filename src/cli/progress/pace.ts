/** How fast a run goes and when it will be done. */

/** Milliseconds: the events of a burst follow each other faster, ten steps take longer. */
const BURST_GAP = 2;

/** What counts of an event. */
type PacedEvent = { readonly type: "step"; readonly tokens: number } | {
  readonly type: "start" | "augmentation" | "evaluation" | "checkpoint" | "warning" | "done";
};

/**
 * Measures a run by its events. Losses are read back together, so step events come in bursts; what is told holds up to
 * the end of the last whole burst, and is undefined before the first one is over.
 */
export class Pace {
  readonly #now: () => number;
  #start: number;
  #last: number;
  #elapsed = 0;
  #burst = { tokens: 0, steps: 0, seconds: 0 };
  #training = { tokens: 0, steps: 0, seconds: 0 };

  /** @param now milliseconds of a clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#start = this.#last = now();
  }

  /** Takes every event of a run, in order. */
  note<Event extends PacedEvent>(event: Event): void {
    const now = this.#now();
    if (event.type === "start") {
      // What came before it, as an augmentation does, has a pace of its own.
      this.#start = now;
      this.#burst = { tokens: 0, steps: 0, seconds: 0 };
      this.#training = { tokens: 0, steps: 0, seconds: 0 };
    } else if (event.type === "step") {
      if (now - this.#last > BURST_GAP) this.#endBurst();
      this.#burst.tokens += event.tokens;
      this.#burst.steps++;
      this.#burst.seconds += (now - this.#last) / 1000;
    }
    // The time up to a step is training, the time up to anything else is evaluating or saving.
    this.#last = now;
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

  #endBurst(): void {
    this.#elapsed = (this.#last - this.#start) / 1000;
    for (const what of ["tokens", "steps", "seconds"] as const) this.#training[what] += this.#burst[what];
    this.#burst = { tokens: 0, steps: 0, seconds: 0 };
  }
}

/** A time span for people: `45 s`, `2 min 10 s`, `1 h 2 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
