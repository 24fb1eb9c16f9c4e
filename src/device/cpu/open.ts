import { kernels } from "../../../kernels/cpu/mod.ts";
import { CpuDevice } from "./cpu_device.ts";
import { InlineExecutor } from "./inline_executor.ts";
import { MOST_THREADS } from "./ring.ts";
import { compileKernels, instantiate } from "./wasm_kernels.ts";
import { WorkerExecutor } from "./worker_executor.ts";
import { OptionError } from "../../errors.ts";

/** How a CPU device works. */
export interface CpuOptions {
  /** Threads that compute; by default as many as the machine has cores. Results do not depend on it. */
  readonly threads?: number;
}

/**
 * Opens a CPU device on a pool of workers, or on the calling thread where the engine cannot share memory with workers.
 *
 * @throws {OptionError} for a number of threads that cannot work
 * @throws {DeviceError} if the engine has no WebAssembly SIMD
 */
export async function openCpu(
  { threads = navigator.hardwareConcurrency }: CpuOptions = {},
): Promise<CpuDevice> {
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw new OptionError(
      `Expected threads to be a whole number from 1 to ${MOST_THREADS} but found ${threads}`,
    );
  }
  const compiled = compileKernels();
  const { module, memory, shared } = compiled;
  const inline = (remark: string) => {
    const executor = new InlineExecutor(instantiate(module, memory), memory);
    return new CpuDevice({ compiled, executor, kernels, notes: [], remark: `1 thread, because ${remark}` });
  };
  if (!shared) return inline("this engine has no shared memory");
  try {
    const executor = await WorkerExecutor.open({ module, memory, threads });
    return new CpuDevice({
      compiled,
      executor,
      kernels,
      notes: [],
      remark: `${threads} ${threads === 1 ? "thread" : "threads"}`,
    });
  } catch (error) {
    return inline(`workers could not be started: ${error instanceof Error ? error.message : error}`);
  }
}
