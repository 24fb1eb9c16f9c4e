import type { Call } from "../contract.ts";

/**
 * One run of a WASM kernel. A task depends on its number and the call alone, so any thread may take any task.
 */
export interface CpuPass {
  /** Name under which `assembly/index.ts` exports the kernel. */
  readonly kernel: string;
  /** Parts of the work, cut by shape and never by the number of threads; about 10 µs or more each. */
  readonly tasks: number;
}

/**
 * How the CPU computes an op: passes one after the other, each a kernel of `assembly/`.
 *
 * A kernel is called as `kernel(call, task, thread)`. `call` is the address of 4-byte words: the address of
 * every buffer in declared order (0 for one that is absent), of every scratch buffer, then all uniforms, then
 * all constants.
 */
export interface CpuKernel {
  /**
   * Scratch buffers: f32 elements by name, never fewer where uniforms of sizes get larger. `threads` counts
   * those that may work at once.
   */
  scratch?(call: Call, threads: number): Record<string, number>;
  passes(call: Call): readonly CpuPass[];
}
