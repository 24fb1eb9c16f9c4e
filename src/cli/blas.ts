/** Finds the BLAS library that `--blas` asks for, and finds out whether it can be relied on. */

import { basename, resolve } from "@std/path";
import type { Gemm } from "../../kernels/cpu/native_matmul.ts";
import type { NativeMatmul } from "../device/cpu/native.ts";
import { DeviceError, OptionError } from "../errors.ts";
import { type BlasLibrary, openBlas } from "./blas_library.ts";

/** What `--blas auto` tries one after the other: libraries whose products are faster than WASM. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  linux: ["libopenblas.so.0", "libopenblas.so", "libopenblasp.so.0", "libmkl_rt.so.2", "libblis.so.4"],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  windows: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll"],
};

/**
 * The library at a path, or for `auto` the first of the usual ones that there is.
 *
 * @throws {OptionError} if this process may not call native code
 * @throws {DeviceError} if there is no such library, or it does not multiply matrices as it should
 */
export async function findBlas(path: string): Promise<NativeMatmul> {
  if (path !== "auto") return await examine(path);
  for (const usual of USUAL[Deno.build.os] ?? []) {
    try {
      return await examine(usual);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
    }
  }
  throw new DeviceError(
    "Found no BLAS library for --blas auto: install OpenBLAS (Debian: apt-get install libopenblas0-pthread), " +
      "name a library with --blas PATH, or compute without --blas",
  );
}

async function examine(path: string): Promise<NativeMatmul> {
  const exists = await Deno.stat(path).then(() => true, () => false);
  // A name without a folder is searched for by the system, which does not look into the working directory.
  const place = exists ? resolve(path) : path;
  const { name, gemm } = open(place, { missing: !exists && /[/\\]/.test(path) });
  if (!gemm) throw new DeviceError(`Expected a BLAS library with --blas, but ${path} has no cblas_sgemm`);
  if (!multipliesRight(gemm)) {
    throw new DeviceError(
      `Expected a BLAS library with --blas, but products of ${path} are wrong: use another one`,
    );
  }
  return {
    module: new URL("./blas_library.ts", import.meta.url).href,
    options: place,
    note: name ?? `BLAS of ${basename(path)}`,
  };
}

function open(place: string, { missing }: { missing: boolean }): BlasLibrary {
  try {
    return openBlas(place);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new OptionError(
        '--blas calls native code, which one task alone may do: put "blas" before the command, as in "deno task blas train"',
      );
    }
    const cause = (error as Error).message.replace(/^(Could not open library: )+/, "");
    const problem = missing ? `there is no file ${place}` : `${place} cannot be loaded (${cause})`;
    throw new DeviceError(`Expected a BLAS library with --blas, but ${problem}`);
  }
}

/** Whether small products of whole numbers come out exact: all forms, rows apart, over NaN and added to what was there. */
export function multipliesRight(load: (memory: WebAssembly.Memory) => Gemm): boolean {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const gemm = load(memory);
  const [m, n, k, stride] = [7, 19, 5, 24];
  const matrix = (index: number) => new Float32Array(memory.buffer, index * 4096, stride * stride);
  const [a, b, c] = [matrix(0), matrix(1), matrix(2)];
  a.forEach((_, i) => a[i] = i % 11 - 5);
  b.forEach((_, i) => b[i] = i % 13 - 6);
  return [[false, false], [false, true], [true, false], [true, true]].every(([transposeA, transposeB]) =>
    [false, true].every((accumulate) => {
      c.fill(accumulate ? 1 : NaN);
      gemm({
        ...{ m, n, k, accumulate },
        ...{ a: a.byteOffset, strideA: stride, transposeA },
        ...{ b: b.byteOffset, strideB: stride, transposeB },
        ...{ c: c.byteOffset, strideC: stride },
      });
      return c.every((found, i) => {
        const [row, column] = [Math.floor(i / stride), i % stride];
        const before = accumulate ? 1 : NaN;
        if (row >= m || column >= n) return Object.is(found, before);
        let sum = accumulate ? 1 : 0;
        for (let p = 0; p < k; p++) {
          sum += a[transposeA ? p * stride + row : row * stride + p] *
            b[transposeB ? column * stride + p : p * stride + column];
        }
        return found === sum;
      });
    })
  );
}
