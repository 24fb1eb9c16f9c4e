/** Steps and seconds that are measured at most. */
const STEPS = 8;
const SECONDS = 10;

/** Times the first steps of a run, and ends it when it knows enough. */
export class FirstSteps {
  /** Steps that were counted. */
  steps = 0;
  /** What they took. */
  seconds = 0;
  /** For the run: aborted as soon as enough is measured, or with `signal`. */
  readonly signal: AbortSignal;
  readonly #enough = new AbortController();
  #began: number | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.signal = AbortSignal.any(signal ? [signal, this.#enough.signal] : [this.#enough.signal]);
  }

  /** Whether time counts. */
  get running(): boolean {
    return this.#began !== undefined;
  }

  /** From here on time counts. */
  begin(): void {
    this.#began = performance.now();
  }

  /** Counts a step that is done. */
  count(): void {
    this.steps++;
    this.seconds = (performance.now() - this.#began!) / 1000;
    if (this.steps >= STEPS || this.seconds > SECONDS) this.#enough.abort();
  }
}
