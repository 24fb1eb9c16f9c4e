import { type Call, groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { matmul } from "./matmul.ts";
import { EPILOGUE_ROWS } from "./partition.ts";

/**
 * `c = a · b`, plus the old c when accumulating. Addresses are bytes from the beginning of the device's
 * memory; a stride is the distance of two stored rows, in elements.
 */
export interface Product {
  /** Rows of c. */
  readonly m: number;
  /** Columns of c. */
  readonly n: number;
  /** Terms of a sum. */
  readonly k: number;
  /** Address of a, f32 `[m, k]`, or `[k, m]` when transposed. */
  readonly a: number;
  /** Stride of a as it is stored. */
  readonly strideA: number;
  /** Whether a is stored `[k, m]`. */
  readonly transposeA: boolean;
  /** Address of b, f32 `[k, n]`, or `[n, k]` when transposed. */
  readonly b: number;
  /** Stride of b as it is stored. */
  readonly strideB: number;
  /** Whether b is stored `[n, k]`. */
  readonly transposeB: boolean;
  /** Address of c, f32 `[m, n]`, which holds anything, NaN too, unless accumulating. */
  readonly c: number;
  /** Stride of c. */
  readonly strideC: number;
  /** Whether the product is added to what c holds. */
  readonly accumulate: boolean;
}

/** Multiplies on one thread, with the same result for the same sizes and values, whoever else multiplies. */
export type Gemm = (product: Product) => void;

/** The kernel that workers get from a {@linkcode Gemm}. */
export const NATIVE_KERNEL = "nativeMatmul";

/** Rows and columns of c in a task, about. Smaller blocks balance better and read a and b more often. */
const BLOCK = 192;
/** Blocks begin at multiples of it: whole vectors, whole tiles of most libraries. */
const GRAIN = 16;

/**
 * Matrix product by a native library: blocks of c, and what else is asked of c in a second pass in WASM. Its
 * calls have the words of {@linkcode matmul}, so that they share the epilogue.
 */
export const nativeMatmul: CpuKernel = {
  scratch: (call, threads) =>
    fits(call) ? { packedA: 0, packedB: 0, sums: 0 } : matmul.scratch!(call, threads),
  passes: (call) => {
    if (!fits(call)) return matmul.passes(call);
    const { m, n } = call.uniforms;
    const product = { kernel: NATIVE_KERNEL, tasks: partsOf(m).count * partsOf(n).count };
    if (!hasEpilogue(call)) return [product];
    return [product, { kernel: "matmulEpilogue", tasks: groupsFor(m, EPILOGUE_ROWS) }];
  },
};

/**
 * The library leaves its product in c: what is added to the old c after an activation needs another place.
 * And rows of no elements are no matrix to it.
 */
function fits(call: Call): boolean {
  return call.uniforms.k > 0 && !(call.constants.accumulate && hasEpilogue(call));
}

function hasEpilogue({ constants, has }: Call): boolean {
  return constants.activation !== 0 || has("bias") || has("residual") || has("preactivation");
}

/** Words of a call, as `assembly/matmul.ts` declares them. */
export const matmulWords = [
  ...["a", "b", "bias", "residual", "c", "preactivation", "packedA", "packedB", "sums"],
  ...["m", "n", "k", "transposeA", "transposeB", "accumulate", "activation"],
] as const;

/** The kernel `nativeMatmul(call, task)` of a worker. */
export function nativeKernel(
  gemm: Gemm,
  memory: WebAssembly.Memory,
): (call: number, task: number) => void {
  const words = new Uint32Array(memory.buffer);
  return (call, task) => {
    const word = (name: typeof matmulWords[number]) => words[call / 4 + matmulWords.indexOf(name)];
    const [m, n, k] = [word("m"), word("n"), word("k")];
    const [transposeA, transposeB] = [word("transposeA") === 1, word("transposeB") === 1];
    const across = partsOf(n);
    const rows = partOf(m, Math.floor(task / across.count));
    const columns = partOf(n, task % across.count);
    gemm({
      m: rows.size,
      n: columns.size,
      k,
      a: word("a") + 4 * rows.start * (transposeA ? 1 : k),
      strideA: transposeA ? m : k,
      transposeA,
      b: word("b") + 4 * columns.start * (transposeB ? k : 1),
      strideB: transposeB ? k : n,
      transposeB,
      c: word("c") + 4 * (rows.start * n + columns.start),
      strideC: n,
      accumulate: word("accumulate") === 1,
    });
  };
}

/** Parts of a side of c. */
function partsOf(length: number): { count: number; size: number } {
  const parts = Math.max(Math.round(length / BLOCK), 1);
  const size = Math.max(groupsFor(groupsFor(length, parts), GRAIN), 1) * GRAIN;
  return { count: groupsFor(length, size), size };
}

function partOf(length: number, part: number): { start: number; size: number } {
  const start = part * partsOf(length).size;
  return { start, size: Math.min(partsOf(length).size, length - start) };
}
