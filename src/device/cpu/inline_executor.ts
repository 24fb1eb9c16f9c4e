import type { DeviceLostError } from "../../errors.ts";
import type { Profiler } from "../profile.ts";
import { inNextTurn, turnIsOver } from "../turns.ts";
import { checkKernels, type CpuCall, destroyed, type Executor, lost, type Work } from "./executor.ts";
import type { WasmKernels } from "./instantiate.ts";
import { now } from "./pass_clock.ts";
import { slotOf } from "./ring.ts";

/** Somebody who waits until so many passes are complete. */
interface Waiting extends Pick<PromiseWithResolvers<void>, "resolve" | "reject"> {
  readonly passes: number;
}

/** Address of the words of the call that runs. */
const CALL = slotOf(0).call * 4;

/**
 * Runs passes on the calling thread: for engines without shared memory, and where workers are not worth it.
 * They run when they are submitted, as long as the turn of the thread lasts; the rest waits for the turns
 * after it.
 */
export class InlineExecutor implements Executor {
  readonly threads = 1;
  submitted = 0;
  completed = 0;
  failure: DeviceLostError | undefined;
  readonly #kernels: WasmKernels;
  readonly #memory: WebAssembly.Memory;
  readonly #profiler: Profiler | undefined;
  /** Calls that have not begun. */
  #calls: CpuCall[] = [];
  readonly #tasks = this.#runTasks();
  /** The first in line at the front. */
  #waiting: Waiting[] = [];
  /** Calls the turn off that goes on with the work; undefined where all is done. */
  #cancelTurn: (() => void) | undefined;

  constructor(
    kernels: WasmKernels,
    memory: WebAssembly.Memory,
    { profiler }: { readonly profiler?: Profiler } = {},
  ) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#profiler = profiler;
  }

  submit({ op, passes, words, work }: CpuCall): void {
    if (this.failure) throw this.failure;
    checkKernels(passes, (kernel) => kernel in this.#kernels);
    this.submitted += passes.length;
    this.#calls.push({ op, passes, words: words.slice(), work });
    if (!this.#cancelTurn) this.#goOn({ begun: true });
  }

  flush(): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.completed === this.submitted) return Promise.resolve();
    const { promise, ...settle } = Promise.withResolvers<void>();
    this.#waiting.push({ passes: this.submitted, ...settle });
    return promise;
  }

  complete(passes: number): void {
    while (!this.failure && this.completed < passes) this.#runTask();
    if (this.failure) throw this.failure;
  }

  withdraw(work: Work): void {
    work.withdrawn = true;
  }

  close(): void {
    this.#fail(destroyed());
  }

  /**
   * Works until all is done, or the turn is over and there will be another: with one task at least, unless it
   * has begun.
   */
  #goOn({ begun }: { begun: boolean }): void {
    this.#cancelTurn = undefined;
    for (; !this.failure && this.completed < this.submitted; begun = true) {
      if (begun && turnIsOver()) {
        this.#cancelTurn = inNextTurn(() => this.#goOn({ begun: false }));
        return;
      }
      this.#runTask();
    }
  }

  #runTask(): void {
    try {
      this.#tasks.next();
    } catch (error) {
      this.#fail(lost(error instanceof Error ? error.message : String(error)));
    }
    while (this.#waiting.length > 0 && this.#waiting[0].passes <= this.completed) {
      this.#waiting.shift()!.resolve();
    }
  }

  /** Stops at every task; is to go on where there is another one. */
  *#runTasks(): Generator<void, never> {
    for (;;) {
      const { op, passes, words, work } = this.#calls.shift()!;
      new Uint32Array(this.#memory.buffer, CALL, words.length).set(words);
      for (const { kernel, tasks } of passes) {
        const start = this.#profiler ? now() : 0;
        let elsewhere = 0;
        for (let task = 0; task < tasks && !work?.withdrawn; task++) {
          if (task > 0) {
            const left = this.#profiler ? now() : 0;
            yield;
            if (this.#profiler) elsewhere += now() - left;
          }
          this.#kernels[kernel](CALL, task, 0);
        }
        this.completed++;
        if (tasks > 0) this.#profiler?.({ op, kernel, start, end: now() - elsewhere });
        yield;
      }
    }
  }

  #fail(failure: DeviceLostError): void {
    this.failure ??= failure;
    this.#cancelTurn?.();
    this.#calls = [];
    for (const { reject } of this.#waiting) reject(this.failure);
    this.#waiting = [];
  }
}
