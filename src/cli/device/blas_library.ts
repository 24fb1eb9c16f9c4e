/** A BLAS library in this process. Workers import this module and call `load`. */

import type { Gemm } from "../../../kernels/cpu/native_matmul.ts";

/** An opened library. */
export interface BlasLibrary {
  /**
   * What the library calls itself, where it says so: its version, and the core that it has chosen kernels
   * for.
   */
  readonly name: string | undefined;
  /** The product over a memory, which grows in place. Undefined where the library has no `cblas_sgemm`. */
  readonly gemm: ((memory: WebAssembly.Memory) => Gemm) | undefined;
}

/**
 * How builds of BLAS spell their functions, and how wide their integers are. Python's packages rename theirs,
 * so that several can live in one process.
 */
const SPELLINGS = [
  { prefix: "", suffix: "", integer: "i32" },
  { prefix: "", suffix: "64_", integer: "i64" },
  { prefix: "scipy_", suffix: "", integer: "i32" },
  { prefix: "scipy_", suffix: "64_", integer: "i64" },
] as const;

/**
 * Called with 1, these keep OpenBLAS, MKL and Accelerate from dividing a product among threads of their own.
 */
const SINGLE_THREAD = ["openblas_set_num_threads", "MKL_Set_Num_Threads", "BLASSetThreading"];

/** Numbers of cblas.h. */
const ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112;

/**
 * Opens a library, by its path or by a name that the system knows, and makes it compute on the calling thread
 * alone. It stays open, because a library that has started threads does not survive being unloaded.
 *
 * @throws {Error} if the system cannot load it
 * @throws {Deno.errors.NotCapable} without permission to call native code
 */
export function openBlas(path: string): BlasLibrary {
  const { symbols } = Deno.dlopen(path, Object.assign({}, ...SPELLINGS.map(declarationsOf)));
  const functions = symbols as Record<string, ((...values: number[]) => unknown) | null>;
  const spelling = SPELLINGS.find(({ prefix, suffix }) => functions[`${prefix}cblas_sgemm${suffix}`]);
  if (spelling === undefined) return { name: undefined, gemm: undefined };
  const find = (name: string) => functions[`${spelling.prefix}${name}${spelling.suffix}`] ?? undefined;
  for (const name of SINGLE_THREAD) find(name)?.(1);
  const sgemm = find("cblas_sgemm")!;
  return {
    name: nameOf(textOf(find("openblas_get_config")), textOf(find("openblas_get_corename"))),
    gemm: (memory) => {
      const base = addressOf(memory);
      return ({ m, n, k, a, strideA, transposeA, b, strideB, transposeB, c, strideC, accumulate }) => {
        const formA = transposeA ? TRANSPOSE : NO_TRANSPOSE;
        const formB = transposeB ? TRANSPOSE : NO_TRANSPOSE;
        const [factor, factorOfC] = [1, accumulate ? 1 : 0];
        // deno-fmt-ignore
        sgemm(
          ROW_MAJOR, formA, formB, m, n, k,
          factor, base + a, strideA, base + b, strideB, factorOfC, base + c, strideC,
        );
      };
    },
  };
}

/** The product of a worker; `path` is what {@linkcode openBlas} took on the main thread. */
export function load(path: string, memory: WebAssembly.Memory): Gemm {
  return openBlas(path).gemm!(memory);
}

/** Where native code sees the first byte of a memory. */
function addressOf({ buffer }: WebAssembly.Memory): number {
  return Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(new Uint8Array(buffer))));
}

/**
 * The functions in one spelling. All are optional: one library has one spelling, and few have all functions.
 */
function declarationsOf({ prefix, suffix, integer }: typeof SPELLINGS[number]) {
  const single = { parameters: ["i32"], result: "void" };
  const text = { parameters: [], result: "pointer" };
  const functions = {
    ...Object.fromEntries(SINGLE_THREAD.map((name) => [name, single])),
    openblas_get_config: text,
    openblas_get_corename: text,
    cblas_sgemm: {
      // deno-fmt-ignore
      parameters: [
        "i32", "i32", "i32", integer, integer, integer,
        "f32", "usize", integer, "usize", integer, "f32", "usize", integer,
      ],
      result: "void",
    },
  };
  const entries = Object.entries(functions).map(([name, types]) => [name, { ...types, optional: true }]);
  return Object.fromEntries(entries.map(([name, types]) => [`${prefix}${name}${suffix}`, types]));
}

/** The text that a function without arguments returns. */
function textOf(get: (() => unknown) | undefined): string | undefined {
  const pointer = get?.() as Deno.PointerValue | undefined;
  return pointer ? Deno.UnsafePointerView.getCString(pointer) : undefined;
}

/** `OpenBLAS 0.3.21 for Haswell`; behind the version a configuration lists how the library was built. */
function nameOf(configuration: string | undefined, core: string | undefined): string | undefined {
  const version = configuration?.match(/^OpenBLAS \S+/)?.[0];
  return version && core ? `${version} for ${core}` : version;
}
