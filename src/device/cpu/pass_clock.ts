import type { PassTime, Profiler } from "../profile.ts";
import { SLOTS } from "./ring.ts";

/** Milliseconds on a clock that all threads share; `performance.now()` alone begins anew in each. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * When the passes in the ring ran: the worker that completes a pass notes the time. A pass begins when the
 * one before has ended and it is published, so the time in which threads wake up is its own.
 */
export class PassClock {
  /** When the pass of a slot ended, `[SLOTS]`. */
  readonly ends = new Float64Array(new SharedArrayBuffer(SLOTS * Float64Array.BYTES_PER_ELEMENT));
  readonly #profiler: Profiler;
  /** What stands in each slot, and when it was published. */
  readonly #passes: Omit<PassTime, "end">[] = [];
  #told = 0;
  #lastEnd = 0;

  constructor(profiler: Profiler) {
    this.#profiler = profiler;
  }

  /**
   * Notes the pass of this number. The pass that had its slot before is complete, and is told if it was not
   * yet.
   */
  publish(pass: number, { op, kernel }: Pick<PassTime, "op" | "kernel">): void {
    this.tell(pass - SLOTS + 1);
    this.#passes[pass % SLOTS] = { op, kernel, start: now() };
  }

  /** Tells of the passes before this number, which are complete. */
  tell(end: number): void {
    for (; this.#told < end; this.#told++) {
      const pass = this.#passes[this.#told % SLOTS];
      const start = Math.max(pass.start, this.#lastEnd);
      this.#lastEnd = Math.max(start, this.ends[this.#told % SLOTS]);
      this.#profiler({ ...pass, start, end: this.#lastEnd });
    }
  }
}
