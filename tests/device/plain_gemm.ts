/** A matrix product in plain loops, as a program could hand it to the CPU device. */

import type { Gemm } from "../../kernels/cpu/native_matmul.ts";
import type { NativeMatmul } from "../../src/device/cpu/native.ts";

export interface PlainOptions {
  /** What every product is multiplied by. */
  readonly factor?: number;
  /** Why it cannot be loaded. */
  readonly failure?: string;
}

/** What to give to `openCpu`. */
export function plainGemm(options: PlainOptions = {}): NativeMatmul {
  return { module: import.meta.url, options, note: "plain loops" };
}

export function load({ factor = 1, failure }: PlainOptions, memory: WebAssembly.Memory): Gemm {
  if (failure !== undefined) throw new Error(failure);
  return ({ m, n, k, a, strideA, transposeA, b, strideB, transposeB, c, strideC, accumulate }) => {
    const floats = new Float32Array(memory.buffer);
    const element = (matrix: number, row: number, column: number, stride: number, transposed: boolean) =>
      floats[matrix / 4 + (transposed ? column * stride + row : row * stride + column)];
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let i = 0; i < k; i++) {
          sum += element(a, row, i, strideA, transposeA) * element(b, i, column, strideB, transposeB);
        }
        const at = c / 4 + row * strideC + column;
        floats[at] = (accumulate ? floats[at] : 0) + factor * sum;
      }
    }
  };
}
