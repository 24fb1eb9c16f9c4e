/**
 * A thread of the CPU device: takes tasks from the ring until the device ends. See ring.ts for the rules.
 *
 * @module
 */

import { instantiate, type WasmKernels } from "./instantiate.ts";
import type { NativeMatmul, NativeModule } from "./native.ts";
import { now } from "./pass_clock.ts";
import { control, slotOf, SLOTS } from "./ring.ts";

/** What a worker is told before anything else. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** From 0. */
  readonly thread: number;
  /** Names of the kernels, by the numbers that stand in the ring. */
  readonly kernels: readonly string[];
  /** A library that multiplies in place of WASM. */
  readonly native?: NativeMatmul;
  /** Where the worker that completes a pass notes when, by slot; absent where nobody wants to know. */
  readonly ends?: Float64Array;
}

/** What a worker says: that it is ready, or why it cannot go on. */
export type WorkerMessage = { readonly ready: true } | { readonly failure: string };

/**
 * Looks at the ring before a thread goes to sleep, about 20 µs: sleeping and waking cost as much as a small
 * pass.
 */
const LOOKS = 4000;

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<WorkerStart>) => void;
  postMessage(message: WorkerMessage): void;
};

scope.onmessage = async ({ data }) => {
  try {
    const kernels = { ...instantiate(data.module, data.memory), ...await nativeKernels(data) };
    scope.postMessage({ ready: true });
    work(new Int32Array(data.memory.buffer), data, kernels);
  } catch (error) {
    Atomics.store(new Int32Array(data.memory.buffer), control.failed, 1);
    scope.postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
};

async function nativeKernels({ memory, native }: WorkerStart): Promise<WasmKernels> {
  if (!native) return {};
  const { NATIVE_KERNEL, nativeKernel } = await import("../../../kernels/cpu/native_matmul.ts");
  const { load }: NativeModule = await import(native.module);
  return { [NATIVE_KERNEL]: nativeKernel(await load(native.options, memory), memory) };
}

function work(words: Int32Array, { thread, kernels, ends }: WorkerStart, all: WasmKernels): void {
  const functions = kernels.map((name) => all[name]);
  for (let pass = 0;; pass = (pass + 1) | 0) {
    pass = nextPass(words, pass, control.positions + thread);
    if (Atomics.load(words, control.closed)) return;
    const { kernel, tasks, next, done, call } = slotOf(pass);
    const count = words[tasks];
    for (let task; (task = Atomics.add(words, next, 1)) < count;) {
      functions[words[kernel]]?.(call * 4, task, thread); // none where the pass was withdrawn meanwhile
      if (Atomics.add(words, done, 1) + 1 < count) continue;
      if (ends) ends[(pass >>> 0) % SLOTS] = now();
      complete(words, pass);
    }
  }
}

/**
 * Waits until a pass may be worked on, which is `pass` or, where others have finished that one, a later one.
 * From then on `position` keeps the main thread from using the pass's slot again.
 */
function nextPass(words: Int32Array, pass: number, position: number): number {
  for (let look = 0;; look++) {
    const completed = Atomics.load(words, control.completed);
    const published = Atomics.load(words, control.published);
    // Differences, since the counters wrap around.
    const candidate = ((completed - pass) | 0) > 0 ? completed : pass;
    const open = (candidate === completed && ((published - candidate) | 0) > 0) ||
      words[control.closed] === 1;
    if (!open && look < LOOKS) continue;
    Atomics.store(words, position, candidate);
    if (open) return candidate;
    if (candidate === completed) Atomics.wait(words, control.published, published);
    else Atomics.wait(words, control.completed, completed);
  }
}

function complete(words: Int32Array, pass: number): void {
  const completed = (pass + 1) | 0;
  Atomics.store(words, control.completed, completed);
  Atomics.notify(words, control.completed);
  if (((completed - Atomics.load(words, control.awaited)) | 0) < 0) return;
  Atomics.add(words, control.answers, 1);
  Atomics.notify(words, control.answers);
}
