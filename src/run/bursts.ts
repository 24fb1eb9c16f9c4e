/**
 * Milliseconds: the events of losses that were read back together follow each other faster, ten steps take
 * longer.
 */
const GAP = 2;

/**
 * Steps whose events came together, and what they took: the time from the event before them to the last of
 * them.
 */
export interface Burst {
  seconds: number;
  steps: number;
  /** Tokens that went through the model. */
  tokens: number;
}

/**
 * The bursts in which the step events of a run come: losses are read back together. What lies between a step
 * and the event before it is training, what lies before any other event is evaluating or saving.
 */
export class Bursts {
  readonly #now: () => number;
  #last: number;
  #open: Burst | undefined;

  /** @param now milliseconds of a clock */
  constructor(now: () => number) {
    this.#now = now;
    this.#last = now();
  }

  /** When the last event came, in milliseconds of the clock. */
  get last(): number {
    return this.#last;
  }

  /**
   * Takes every event of a run, in order; gives the burst that a step belongs to, and whether it begins it.
   */
  note(
    { type, tokens = 0 }: { readonly type: string; readonly tokens?: number },
  ): { readonly burst: Burst; readonly begins: boolean } | undefined {
    const now = this.#now();
    const gap = now - this.#last;
    this.#last = now;
    if (type !== "step") {
      this.#open = undefined;
      return undefined;
    }
    const begins = this.#open === undefined || gap > GAP;
    if (begins) this.#open = { seconds: 0, steps: 0, tokens: 0 };
    const burst = this.#open!;
    burst.seconds += gap / 1000;
    burst.steps++;
    burst.tokens += tokens;
    return { burst, begins };
  }
}
