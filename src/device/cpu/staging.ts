import type { Executor } from "./executor.ts";
import type { Heap } from "./heap.ts";

/** All bytes that can be on their way: uploads of many steps, but no weights. */
export const STAGING_BYTES = 2 ** 22;

/** Cache lines. */
const ALIGNMENT = 64;

/** Bytes on their way, which lie in the ring at `start` modulo its size. */
interface Sent {
  /** Counted over the life of the device. */
  readonly start: number;
  /** They have arrived when so many passes are complete. */
  until: number;
}

/** A ring of memory between the host, which acts at once, and passes in flight, which do not. */
export class Staging {
  readonly #address: number;
  readonly #executor: Executor;
  /** The oldest first. */
  readonly #onTheWay: Sent[] = [];
  #end = 0;

  constructor(heap: Heap, executor: Executor) {
    this.#address = heap.take(STAGING_BYTES, "staging").address;
    this.#executor = executor;
  }

  /**
   * The address of `bytes` that no pass in flight uses, once what is on its way leaves room for them;
   * undefined where they are more than the ring. Is to be followed by {@linkcode sent}.
   */
  take(bytes: number): number | undefined {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (size > STAGING_BYTES) return undefined;
    const lap = STAGING_BYTES - this.#end % STAGING_BYTES;
    const start = size > lap ? this.#end + lap : this.#end;
    const least = start + size - STAGING_BYTES;
    for (let oldest = this.#onTheWay[0]; oldest !== undefined; oldest = this.#onTheWay[0]) {
      if (this.#executor.completed < oldest.until) {
        if (oldest.start >= least) break;
        this.#executor.complete(oldest.until);
      }
      this.#onTheWay.shift();
    }
    this.#end = start + size;
    this.#onTheWay.push({ start, until: Infinity });
    return this.#address + start % STAGING_BYTES;
  }

  /** Says that the passes which read what was taken last are submitted. */
  sent(): void {
    this.#onTheWay[this.#onTheWay.length - 1].until = this.#executor.submitted;
  }
}
