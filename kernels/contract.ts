/**
 * The op contract: what an op reads and writes, declared once and kept by every device.
 *
 * An op is declared in `kernels/<op>.ts` with named buffers, uniforms and constants; beside the declaration stands
 * its WebGPU implementation, one to n passes over `.wgsl` files. The CPU implementation is `kernels/cpu/<op>.ts`
 * and `kernels/cpu/assembly/<op>.ts`, the float64 reference `kernels/reference/<op>.ts`. Code that calls an op knows nothing of grids, tiles or scratch.
 *
 * @module
 */

/** Element type of a buffer; each is four bytes wide. */
export type DType = "f32" | "u32" | "i32";

/** How an op uses a buffer: `write` replaces what was there, `readWrite` builds on it. */
export type Access = "read" | "write" | "readWrite";

/** A number, the name of a uniform, or a uniform plus a number such as `"sequences+1"`. */
export type Dimension = string | number;

/** One named buffer of an op. */
export interface BufferDeclaration {
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
  readonly access: Access;
  /** May be left out of a call; kernels see a constant `has<Name>` of 0 then. */
  readonly optional?: boolean;
}

/** One run of a WGSL entry point named `main`. */
export interface Pass {
  /** Unique name of the kernel, the first part of the pipeline cache's key. */
  readonly name: string;
  /** The WGSL text, preludes first. */
  readonly source: string;
  /**
   * Buffers of the op, or scratch buffers, in binding order of group 0. The access is the declared one unless
   * `:read` follows the name (a pass that only reads what an earlier pass of the same op wrote).
   */
  readonly bindings: readonly string[];
  /** Values of the kernel's `override` constants; they choose a variant, so they are part of the cache key. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Number of workgroups; the device folds it over x and y, and kernels read it as `wid.x + wid.y * nwg.x`. */
  readonly workgroups: number;
}

/** What an implementation knows of one call: sizes, switches and which optional buffers are there. */
export interface Call {
  readonly uniforms: Readonly<Record<string, number>>;
  readonly constants: Readonly<Record<string, number>>;
  /** Whether an optional buffer was given. */
  has(buffer: string): boolean;
  /**
   * Whether the WebGPU adapter computes on the CPU: its threads are lanes of a vector there, for which barriers and
   * workgroup memory cost more than what they save, and neighbouring loads are no cheaper than distant ones.
   */
  readonly software?: boolean;
}

/** What an op is. Every uniform reaches every pass, packed in declared order, 4 bytes each. */
export interface OpDeclaration {
  readonly buffers: Readonly<Record<string, BufferDeclaration>>;
  readonly uniforms: Readonly<Record<string, "u32" | "f32">>;
  /** Names of the switches that choose a variant of the kernel. */
  readonly constants: readonly string[];
  /** Scratch buffers of the WebGPU passes: f32 elements by name. */
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

/** Workgroups that cover `items` with `each` a group. */
export function groupsFor(items: number, each: number): number {
  return Math.ceil(items / each);
}

/** Numbers of the `activation` constant, shared by kernels, CPU code and models. */
export const activations = { none: 0, gelu: 1, gelu_new: 2, relu: 3, tanh: 4 } as const;

/** Name of an activation as config.json spells it. */
export type Activation = keyof typeof activations;
