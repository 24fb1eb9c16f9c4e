/**
 * The op contract: what an op reads and writes, declared once and kept by every device.
 *
 * An op is declared in `kernels/<op>.ts` with named buffers, uniforms and constants; beside the declaration
 * stands its WebGPU implementation, one to n passes over `.wgsl` files. The CPU implementation is
 * `kernels/cpu/<op>.ts` and `kernels/cpu/assembly/<op>.ts`, the float64 reference
 * `kernels/reference/<op>.ts`. Code that calls an op knows nothing of grids, tiles or scratch.
 *
 * **Half precision.** Activations, their gradients and the weights of products may be f16 on WebGPU devices
 * with shader-f16; everything is computed in f32 all the same. An op that takes both declares the buffer as
 * `real` (all `real` buffers of a call have one element type) or as `anyReal` (this one has its own, such as
 * the f32 gradient of a weight from f16 operands); statistics, losses, biases, norm weights, gradients of
 * parameters and moments stay `f32`. Its `passes(call)` puts `realTypes(call)` of `reals.ts` before
 * everything else, which gives the kernel `Real` and `Real4`, f32 and vec4f or f16 and vec4<f16>, and
 * `realTypes(call, "c")` also `CReal` and `CReal4` for an `anyReal` buffer c. The kernel declares
 * `array<Real4>`, widens what it loads (`vec4f(x[i])`) and narrows what it stores (`y[i] = Real4(value)`);
 * where nothing is f16 these are no instructions. Kernels over rows have the same from `movedElement(length,
 * call, ...)` of `element.ts`, under the names `Element` (what they compute in) and `Stored`, `CStored` (what
 * lies in memory). Shared memory and scratch hold f32. Pipelines are kept apart by element types without the
 * pass's doing. The shape table runs in f16 by itself as soon as a buffer is declared so; its bounds are in
 * `reference/tolerances.ts`.
 *
 * @module
 */

import type { MatmulTable } from "./matmul_variants.ts";

/** Element type of a buffer. */
export type DType = "f32" | "f16" | "u32" | "i32";

/** Element types of activations and of the weights of products; each call of an op has one of them. */
export type RealDType = "f32" | "f16";

/** What a declaration says of a buffer's elements: one type, or that it is real. */
type DeclaredDType = DType | "real" | "anyReal";

/** Bytes of an element. */
export const BYTES: Readonly<Record<DType, number>> = { f32: 4, f16: 2, u32: 4, i32: 4 };

/** How an op uses a buffer: `write` replaces what was there, `readWrite` builds on it. */
export type Access = "read" | "write" | "readWrite";

/** A number, the name of a uniform, or a uniform plus a number such as `"sequences+1"`. */
export type Dimension = string | number;

/** One named buffer of an op. */
interface BufferDeclaration {
  readonly dtype: DeclaredDType;
  readonly shape: readonly Dimension[];
  readonly access: Access;
  /** May be left out of a call; kernels see a constant `has<Name>` of 0 then. */
  readonly optional?: boolean;
}

/** One run of a WGSL entry point named `main`. */
export interface Pass {
  /** Unique name of the kernel, the first part of the pipeline cache's key. */
  readonly name: string;
  /** The WGSL text, preludes first: built where a pipeline is compiled, which a call seldom needs. */
  readonly source: () => string;
  /**
   * Buffers of the op, or scratch buffers, in binding order of group 0. The access is the declared one unless
   * `:read` follows the name (a pass that only reads what an earlier pass of the same op wrote).
   */
  readonly bindings: readonly string[];
  /**
   * Values of the kernel's `override` constants; they choose a variant, so they are part of the cache key.
   */
  readonly constants?: Readonly<Record<string, number>>;
  /**
   * Number of workgroups; the device folds it over x and y, and kernels read it as `wid.x + wid.y * nwg.x`.
   */
  readonly workgroups: number;
}

/**
 * What an implementation knows of one call: sizes, switches, element types and which optional buffers are
 * there.
 */
export interface Call extends ElementTypes {
  readonly uniforms: Readonly<Record<string, number>>;
  readonly constants: Readonly<Record<string, number>>;
  /** Whether an optional buffer was given. */
  has(buffer: string): boolean;
  /**
   * Whether the WebGPU adapter computes on the CPU: its threads are lanes of a vector there, for which
   * barriers and workgroup memory cost more than what they save, and neighbouring loads are no cheaper than
   * distant ones.
   */
  readonly software?: boolean;
  /** The WebGPU kernel of each class of products; by default what is usual on such an adapter. */
  readonly matmul?: MatmulTable;
}

/** What the buffers of a call are made of. */
export interface ElementTypes {
  /** The element type that all buffers have which are declared `real`. */
  readonly real: RealDType;
  /** By buffer; one that is left out has what a call without it would need. */
  readonly dtypes: Readonly<Record<string, DType>>;
}

/** What an op is. Every uniform reaches every pass, packed in declared order, 4 bytes each. */
export interface OpDeclaration {
  readonly buffers: Readonly<Record<string, BufferDeclaration>>;
  readonly uniforms: Readonly<Record<string, "u32" | "f32">>;
  /** Names of the switches that choose a variant of the kernel. */
  readonly constants: readonly string[];
  /**
   * Scratch buffers of the WebGPU passes: f32 elements by name. They never get fewer where uniforms of sizes
   * get larger, so that what the largest batch takes is a bound for all.
   */
  scratch?(call: Call): Record<string, number>;
  /** The WebGPU implementation. */
  passes(call: Call): Pass[];
}

/** Declares an op; exists so that the compiler keeps the literal names. */
export function defineOp<const T extends OpDeclaration>(declaration: T): T {
  return declaration;
}

/** The buffers of a call: all required names, and the optional ones where wanted. */
export type BuffersOf<T extends OpDeclaration, View> =
  & { [K in keyof T["buffers"] as T["buffers"][K] extends { optional: true } ? never : K]: View }
  & { [K in keyof T["buffers"] as T["buffers"][K] extends { optional: true } ? K : never]?: View };

/** The numbers of a call: every uniform, and constants (0, or false, where left out). */
export type ParametersOf<T extends OpDeclaration> =
  & { [K in keyof T["uniforms"]]: number }
  & { [K in T["constants"][number]]?: number | boolean };

/**
 * The element types of a call whose buffers are `given`.
 *
 * @throws {TypeError} for one that the declaration does not allow
 */
export function elementTypes(
  op: string,
  { buffers }: OpDeclaration,
  given: Readonly<Record<string, DType | undefined>>,
): ElementTypes {
  const names = Object.keys(buffers);
  const first = names.find((name) => buffers[name].dtype === "real" && given[name] !== undefined);
  const real = first === undefined ? "f32" : realOf(op, first, given[first]!);
  const dtypes = names.map((name): [string, DType] => {
    const { dtype: declared } = buffers[name];
    const found = given[name];
    if (declared === "anyReal") return [name, found === undefined ? "f32" : realOf(op, name, found)];
    const dtype = declared === "real" ? real : declared;
    if (found !== undefined && found !== dtype) {
      const why = declared === "real" && name !== first ? `, as ${first} is,` : "";
      throw new TypeError(`${op}: expected ${name} to be ${dtype}${why} but found ${found}`);
    }
    return [name, dtype];
  });
  return { real, dtypes: Object.fromEntries(dtypes) };
}

function realOf(op: string, name: string, found: DType): RealDType {
  if (found === "f32" || found === "f16") return found;
  throw new TypeError(`${op}: expected ${name} to be f32 or f16 but found ${found}`);
}

/** Elements that `shape` has under these uniforms. */
export function elementsOf(shape: readonly Dimension[], uniforms: Readonly<Record<string, number>>): number {
  let elements = 1;
  for (const dimension of shape) {
    if (typeof dimension === "number") {
      elements *= dimension;
      continue;
    }
    const [name, plus] = dimension.split("+");
    elements *= uniforms[name] + (plus === undefined ? 0 : Number(plus));
  }
  return elements;
}

/** Uniforms that every kernel with dropout has; see `src/random/philox.ts` for the scheme. */
export const dropoutUniforms = {
  dropoutSeed: "u32",
  dropoutMicroBatch: "u32",
  dropoutStep: "u32",
  dropoutSite: "u32",
  /** An element is kept when its 32 random bits are at least this; 0 keeps everything. */
  dropoutThreshold: "u32",
  /** 1 / (1 - p). */
  dropoutScale: "f32",
} as const;

/** The constant of philox.wgsl: whether a call drops anything. */
export function dropoutConstants({ uniforms }: Call): { hasDropout: number } {
  return { hasDropout: Number(uniforms.dropoutThreshold > 0) };
}

/** Workgroups that cover `items` with `each` a group. */
export function groupsFor(items: number, each: number): number {
  return Math.ceil(items / each);
}

/** Numbers of the `activation` constant, shared by kernels, CPU code and models. */
export const activations = { none: 0, gelu: 1, gelu_new: 2, relu: 3, tanh: 4 } as const;

/** Name of an activation as config.json spells it. */
export type Activation = keyof typeof activations;
