/** CPU devices on a pool of workers whose executor a test can reach, and slow. */

import { kernels } from "../../../kernels/cpu/mod.ts";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { compileKernels } from "../../../src/device/cpu/wasm_kernels.ts";
import { WorkerExecutor } from "../../../src/device/cpu/worker_executor.ts";

/** A device and what runs its passes. */
export interface Pool {
  readonly device: CpuDevice;
  readonly executor: WorkerExecutor;
  readonly memory: WebAssembly.Memory;
}

/** Opens a device on workers; `spawn` starts one. */
export async function openPool(threads: number, spawn?: () => Worker): Promise<Pool> {
  const compiled = compileKernels();
  const { module, memory } = compiled;
  const executor = await WorkerExecutor.open({ module, memory, threads, spawn });
  const device = new CpuDevice({ compiled, executor, kernels, notes: [], remark: "a pool" });
  return { device, executor, memory };
}

/** A worker that the machine seems to hold up now and then, at any place where it looks at the ring. */
export function spawnLagging(): Worker {
  return new Worker(new URL("lagging_worker.ts", import.meta.url), { type: "module" });
}

/** Makes a thread read an address that is not there, which ends it. */
export function breakThread({ executor }: Pool): void {
  executor.submit({
    op: "copy",
    passes: [{ kernel: "copyBytes", tasks: 1 }],
    words: Uint32Array.of(0xffff0000, 1024, 0x20000),
  });
}
