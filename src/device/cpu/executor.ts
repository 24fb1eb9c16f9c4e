import type { CpuPass } from "../../../kernels/cpu/kernel.ts";

/** Where passes run, in the order in which they were submitted. */
export interface Executor {
  /** Threads that work at once. */
  readonly threads: number;
  /** Passes that were submitted so far. */
  readonly submitted: number;
  /** Passes that are done. */
  readonly completed: number;
  /** Enqueues the passes of one call; `words` are its addresses, uniforms and constants. */
  submit(passes: readonly CpuPass[], words: Uint32Array): void;
  /** Waits for everything before; throws {@linkcode DeviceLostError} if a thread died. */
  flush(): Promise<void>;
  /** Stops at once; what was enqueued and did not run never will. */
  close(): void;
}
