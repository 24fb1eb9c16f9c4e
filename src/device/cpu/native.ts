import type { Gemm } from "../../../kernels/cpu/native_matmul.ts";

/** A native library that multiplies matrices for the CPU device. The program that has it hands it in. */
export interface NativeMatmul {
  /** URL of a {@linkcode NativeModule}, which every worker imports. */
  readonly module: string;
  /** What the module needs to know; copied to the workers. */
  readonly options?: unknown;
  /** Name of the library, and what else decides the last bits of its results. */
  readonly note: string;
}

/** What such a module exports. */
export interface NativeModule {
  /** The product of a worker; addresses count from the beginning of `memory`, which grows and never moves. */
  load(options: unknown, memory: WebAssembly.Memory): Gemm | Promise<Gemm>;
}
