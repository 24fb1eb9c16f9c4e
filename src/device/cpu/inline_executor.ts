import type { DeviceLostError } from "../../errors.ts";
import type { Profiler } from "../profile.ts";
import { checkKernels, type CpuCall, destroyed, type Executor, lost } from "./executor.ts";
import { now } from "./pass_clock.ts";
import { slotOf } from "./ring.ts";
import type { WasmKernels } from "./instantiate.ts";

/**
 * Runs passes at once on the calling thread: for engines without shared memory, and where workers are not
 * worth it.
 */
export class InlineExecutor implements Executor {
  readonly threads = 1;
  submitted = 0;
  failure: DeviceLostError | undefined;
  readonly #kernels: WasmKernels;
  readonly #memory: WebAssembly.Memory;
  readonly #profiler: Profiler | undefined;

  constructor(
    kernels: WasmKernels,
    memory: WebAssembly.Memory,
    { profiler }: { readonly profiler?: Profiler } = {},
  ) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#profiler = profiler;
  }

  get completed(): number {
    return this.submitted;
  }

  submit({ op, passes, words }: CpuCall): void {
    if (this.failure) throw this.failure;
    checkKernels(passes, (kernel) => kernel in this.#kernels);
    const call = slotOf(0).call * 4;
    new Uint32Array(this.#memory.buffer, call, words.length).set(words);
    try {
      for (const { kernel, tasks } of passes) {
        const start = this.#profiler ? now() : 0;
        for (let task = 0; task < tasks; task++) this.#kernels[kernel](call, task, 0);
        if (tasks > 0) this.#profiler?.({ op, kernel, start, end: now() });
      }
    } catch (error) {
      throw this.failure = lost(error instanceof Error ? error.message : String(error));
    }
    this.submitted += passes.length;
  }

  flush(): Promise<void> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve();
  }

  complete(): void {
    if (this.failure) throw this.failure;
  }

  close(): void {
    this.failure ??= destroyed();
  }
}
