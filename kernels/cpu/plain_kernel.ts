import type { BuffersOf, OpDeclaration } from "../contract.ts";

/** Memory of a buffer on the CPU: by the contract's dtype a Float32Array, Uint32Array or Int32Array. */
export type HostArray = Float32Array | Uint32Array | Int32Array;

/** The CPU implementation of an op: plain loops over typed arrays; every uniform and constant is a number. */
export type PlainKernel<T extends OpDeclaration> = (
  buffers: BuffersOf<T, HostArray>,
  parameters: { [K in keyof T["uniforms"]]: number } & { [K in T["constants"][number]]: number },
) => void;
