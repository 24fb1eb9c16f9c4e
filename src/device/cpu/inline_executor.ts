import type { CpuPass } from "../../../kernels/cpu/kernel.ts";
import type { Executor } from "./executor.ts";
import { slotOf } from "./ring.ts";
import type { WasmKernels } from "./wasm_kernels.ts";

/** Runs passes at once on the calling thread: for engines without shared memory, and where workers are not worth it. */
export class InlineExecutor implements Executor {
  readonly threads = 1;
  submitted = 0;
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
    const call = slotOf(0).call * 4;
    new Uint32Array(this.#memory.buffer, call, words.length).set(words);
    for (const { kernel, tasks } of passes) {
      for (let task = 0; task < tasks; task++) this.#kernels[kernel](call, task, 0);
    }
    this.submitted += passes.length;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}
