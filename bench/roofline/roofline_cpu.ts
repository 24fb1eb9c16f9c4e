import { Heap } from "../../src/device/cpu/heap.ts";
import { RING_END } from "../../src/device/cpu/ring.ts";
import { compileKernels } from "../../src/device/cpu/wasm_kernels.ts";
import { WorkerExecutor } from "../../src/device/cpu/worker_executor.ts";
import { bestRate, COPIED_BYTES, type Roofline } from "./roofline.ts";
import { COPY_BYTES, rooflineModule, ROUND_FLOP } from "./roofline_kernels.ts";

/** Rounds of the loop in a task of `peak`, some 100 µs. */
const ROUNDS = 4000;
/** Tasks of `peak` for each thread in one pass. */
const TASKS = 8;

/**
 * Measures a CPU device of so many threads: its workers and its ring, with kernels of 128-bit vectors as its
 * own.
 */
export async function cpuRoofline(threads: number): Promise<Roofline> {
  const { memory, fused, shared } = compileKernels();
  const module = rooflineModule({ fused, shared });
  const executor = await WorkerExecutor.open({ module, memory, threads });
  const heap = new Heap(memory, RING_END);
  const run = (kernel: string, tasks: number, words: number[]) => async (times: number) => {
    for (let i = 0; i < times; i++) {
      executor.submit({ op: kernel, passes: [{ kernel, tasks }], words: Uint32Array.from(words) });
    }
    await executor.flush();
  };
  try {
    const tasks = TASKS * threads;
    const sums = heap.take(tasks * 16, "sums").address;
    const flops = await bestRate(run("peak", tasks, [ROUNDS, sums]), { amount: tasks * ROUNDS * ROUND_FLOP });
    const half = COPIED_BYTES.at(-1)! / 2;
    const [from, to] = [heap.take(half, "copied").address, heap.take(half, "copy").address];
    const copies = [];
    for (const bytes of COPIED_BYTES) {
      const copied = await bestRate(run("copy", bytes / 2 / COPY_BYTES, [from, to]), { amount: bytes });
      copies.push({ bytes, rate: copied / 1e6 });
    }
    return { gigaflops: flops / 1e6, copies };
  } finally {
    executor.close();
  }
}
