import type { Executor } from "./executor.ts";
import type { Block, Heap } from "./heap.ts";

interface Staged extends Block {
  /** The block may be overwritten when so many passes are complete. */
  freeFrom: number;
}

/** Memory between the host, which acts at once, and passes in flight, which do not. */
export class Staging {
  readonly #heap: Heap;
  readonly #executor: Executor;
  readonly #blocks: Staged[] = [];

  constructor(heap: Heap, executor: Executor) {
    this.#heap = heap;
    this.#executor = executor;
  }

  /** A block that no pass in flight uses. */
  take(bytes: number): Block {
    const at = this.#blocks.findIndex(({ byteLength, freeFrom }) =>
      byteLength >= bytes && this.#executor.completed >= freeFrom
    );
    if (at >= 0) return this.#blocks.splice(at, 1)[0];
    return this.#heap.takeUntouched(2 ** Math.ceil(Math.log2(Math.max(bytes, 4096))), "staging");
  }

  /** Takes a block back, free for others when all that was submitted until now is complete. */
  give({ address, byteLength }: Block): void {
    this.#blocks.push({ address, byteLength, freeFrom: this.#executor.submitted });
  }
}
