import { kernels } from "../../../kernels/cpu/mod.ts";
import { nativeMatmul } from "../../../kernels/cpu/native_matmul.ts";
import { CpuDevice } from "./cpu_device.ts";
import { InlineExecutor } from "./inline_executor.ts";
import { instantiate } from "./instantiate.ts";
import type { NativeMatmul } from "./native.ts";
import type { Profiler } from "../profile.ts";
import { MOST_THREADS } from "./ring.ts";
import { compileKernels, type Engine } from "./wasm_kernels.ts";
import { WorkerExecutor, type WorkerParts } from "./worker_executor.ts";
import { DeviceError, OptionError } from "../../errors.ts";
import { Message, message, setting } from "../../message.ts";

/** How a CPU device works. */
export interface CpuOptions {
  /** Threads that compute; by default as many as the machine has cores. Results do not depend on it. */
  readonly threads?: number;
  /** A library that multiplies matrices in place of WASM; needs workers. */
  readonly native?: NativeMatmul;
  /** Is told when each pass ran; without it nothing is timed. */
  readonly profiler?: Profiler;
}

/** What tests put in the place of the machine. */
interface CpuMachine extends Pick<WorkerParts, "spawn"> {
  readonly engine?: Engine;
}

/**
 * Opens a CPU device on a pool of workers, or on the calling thread where the engine cannot share memory with
 * workers.
 *
 * @throws {OptionError} for a number of threads that cannot work
 * @throws {DeviceError} if the engine has no WebAssembly SIMD or no memory, or the native library does not
 * reach its workers
 */
export async function openCpu(
  { threads = Math.min(navigator.hardwareConcurrency, MOST_THREADS), native, profiler }: CpuOptions = {},
  { engine, spawn }: CpuMachine = {},
): Promise<CpuDevice> {
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw new OptionError(
      new Message(
        message`Expected ${setting("threads")} to be a whole number from 1 to ${MOST_THREADS} `,
        `but found ${threads}`,
      ),
    );
  }
  const compiled = compileKernels(engine);
  const { module, memory, shared } = compiled;
  const inline = (because: string) => {
    if (native) {
      throw new DeviceError(`${native.note} cannot be used, because ${because}: compute without it`);
    }
    const executor = new InlineExecutor(instantiate(module, memory), memory, { profiler });
    return new CpuDevice({ compiled, executor, kernels, notes: [], remark: `1 thread, because ${because}` });
  };
  if (!shared) return inline("this engine has no shared memory");
  let executor: WorkerExecutor;
  try {
    executor = await WorkerExecutor.open({ module, memory, threads, native, profiler, spawn });
  } catch (error) {
    const [cause] = (error instanceof Error ? error.message : String(error)).split("\n");
    return inline(`workers could not be started: ${cause}`);
  }
  return new CpuDevice({
    compiled,
    executor,
    kernels: native ? { ...kernels, matmul: nativeMatmul } : kernels,
    notes: native ? [native.note] : [],
    remark: `${threads} ${threads === 1 ? "thread" : "threads"}`,
  });
}
