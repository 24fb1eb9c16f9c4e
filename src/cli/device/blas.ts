/** Finds the BLAS library that `--blas` asks for, and finds out whether it can be relied on. */

import { basename, resolve } from "@std/path";
import type { Gemm } from "../../../kernels/cpu/native_matmul.ts";
import type { NativeMatmul } from "../../device/cpu/native.ts";
import { DeviceError, OptionError } from "../../errors.ts";
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
  if (path !== "auto") return examine(path, await typedPlace(path));
  for (const usual of USUAL[Deno.build.os] ?? []) {
    for (const place of await usualPlaces(usual)) {
      try {
        return examine(usual, place);
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
      }
    }
  }
  throw new DeviceError(
    "Found no BLAS library for --blas auto: install OpenBLAS (Debian: apt-get install libopenblas0-pthread), " +
      "name a library with --blas PATH, or compute without --blas",
  );
}

/** What to open a library by that a person has named: a file, or else a name that the system knows. */
async function typedPlace(path: string): Promise<string> {
  if (await isThere(path)) return resolve(path);
  if (!hasFolder(path)) return path;
  throw new DeviceError(`Expected a BLAS library with --blas, but there is no file ${path}`);
}

/**
 * What to open a library by that nobody has named. It is never taken from where a person stands, which could
 * happen to the mere name: some systems, and a `LD_LIBRARY_PATH` with an empty entry, look there, too.
 */
async function usualPlaces(name: string): Promise<string[]> {
  return hasFolder(name) || !await isThere(name) ? [name] : await installedAs(name);
}

/** Whether a path says where a library is, and is no mere name that the system has to look for. */
function hasFolder(path: string): boolean {
  return /[/\\]/.test(path);
}

/** Whether something has this path, seen from where the person stands. */
async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** List of the libraries that are installed, on Linux. */
const CACHE = "/etc/ld.so.cache";

/** The files that are installed under the name of a library, also those of other processors. */
async function installedAs(name: string): Promise<string[]> {
  const cache = await Deno.readFile(CACHE).catch(() => new Uint8Array());
  // Numbers, and after them all names and paths with a zero behind each.
  const texts = new TextDecoder("latin1").decode(cache).split("\0");
  return [...new Set(texts.filter((text) => text.startsWith("/") && basename(text) === name))];
}

/** The product of the library that a person calls `path`, once it has been tried. */
function examine(path: string, place: string): NativeMatmul {
  const { name, gemm } = open(place);
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

function open(place: string): BlasLibrary {
  try {
    return openBlas(place);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new OptionError(
        '--blas calls native code, which one task alone may do: put "blas" before the command, as in "deno task blas train"',
      );
    }
    const cause = (error as Error).message.replace(/^(Could not open library: )+/, "");
    throw new DeviceError(`Expected a BLAS library with --blas, but ${place} cannot be loaded (${cause})`);
  }
}

/**
 * Whether small products of whole numbers come out exact: all forms, rows apart, over NaN and added to what
 * was there.
 */
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
