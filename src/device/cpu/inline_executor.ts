import type { CpuPass } from "../../../kernels/cpu/kernel.ts";
import type { DeviceLostError } from "../../errors.ts";
import { checkKernels, destroyed, type Executor, lost } from "./executor.ts";
import { slotOf } from "./ring.ts";
import type { WasmKernels } from "./wasm_kernels.ts";

/** Runs passes at once on the calling thread: for engines without shared memory, and where workers are not worth it. */
export class InlineExecutor implements Executor {
  readonly threads = 1;
  submitted = 0;
  failure: DeviceLostError | undefined;
  readonly #kernels: WasmKernels;
  readonly #memory: WebAssembly.Memory;

  constructor(kernels: WasmKernels, memory: WebAssembly.Memory) {
    this.#kernels = kernels;
    this.#memory = memory;
  }

  get completed(): number {
    return this.submitted;
  }

  submit(passes: readonly CpuPass[], words: Uint32Array): void {
    if (this.failure) throw this.failure;
    checkKernels(passes, (kernel) => kernel in this.#kernels);
    const call = slotOf(0).call * 4;
    new Uint32Array(this.#memory.buffer, call, words.length).set(words);
    try {
      for (const { kernel, tasks } of passes) {
        for (let task = 0; task < tasks; task++) this.#kernels[kernel](call, task, 0);
      }
    } catch (error) {
      throw this.failure = lost(error instanceof Error ? error.message : String(error));
    }
    this.submitted += passes.length;
  }

  flush(): Promise<void> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve();
  }

  close(): void {
    this.failure ??= destroyed();
  }
}
