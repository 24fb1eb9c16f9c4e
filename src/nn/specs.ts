/**
 * What a model is made of, as lists: each parameter is stated once, and everything else follows from its
 * entry.
 */

/**
 * What a parameter is used for. It decides how it begins and whether weight decay applies:
 *
 * - `product`: a matrix that products read; begins normal and decays, and has an f16 copy in half precision;
 * - `table`: rows that are looked up; begins normal and decays;
 * - `norm`: the weight of a LayerNorm; begins at 1;
 * - `bias`: what is added, that of a LayerNorm too; begins at 0.
 */
export type Role = "product" | "table" | "norm" | "bias";

/** Where in a model a parameter is: it decides its learning rate, and what is frozen together. */
export type Layer = "embeddings" | number | "head";

/** A parameter before it has memory. */
export interface ParameterSpec {
  /** The name that transformers has for it. */
  readonly name: string;
  /** `[n]` or `[rows, columns]`, as in the checkpoint. */
  readonly shape: readonly number[];
  readonly role: Role;
  /** A layer of the encoder by its number from the bottom, from 0. */
  readonly layer: Layer;
  /** The matrix that it is some rows of, with all others that name the same: one product reads them all. */
  readonly stack?: string;
  /** In a head: multiplies the learning rate of heads. Default 1. */
  readonly rate?: number;
  /** What it begins with, where that is not what its role says, row by row. */
  readonly initial?: Float32Array;
}

/** A matrix that products read, `[outputs, inputs]`. */
export function productSpec(name: string, shape: readonly [number, number], layer: Layer): ParameterSpec {
  return { name, shape, role: "product", layer };
}

/** A table whose rows are looked up, `[rows, columns]`. */
export function tableSpec(name: string, shape: readonly [number, number], layer: Layer): ParameterSpec {
  return { name, shape, role: "table", layer };
}

/** A vector that is added. */
export function biasSpec(name: string, size: number, layer: Layer): ParameterSpec {
  return { name, shape: [size], role: "bias", layer };
}

/**
 * `NAME.weight` `[outputs, inputs]` and, unless `bias` is false, `NAME.bias` `[outputs]`; with `stack`, rows
 * of the matrices of that name.
 */
export function linearSpecs(
  name: string,
  [outputs, inputs]: readonly [number, number],
  { layer, stack, bias = true }: {
    readonly layer: Layer;
    readonly stack?: string;
    readonly bias?: boolean;
  },
): ParameterSpec[] {
  const specs = [
    productSpec(`${name}.weight`, [outputs, inputs], layer),
    ...bias ? [biasSpec(`${name}.bias`, outputs, layer)] : [],
  ];
  if (stack === undefined) return specs;
  return specs.map((spec) => ({ ...spec, stack: stack + spec.name.slice(name.length) }));
}

/** `NAME.weight` and, unless `bias` is false, `NAME.bias` of a LayerNorm, `[size]` each. */
export function normSpecs(
  name: string,
  size: number,
  layer: Layer,
  { bias = true }: { readonly bias?: boolean } = {},
): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [size], role: "norm", layer },
    ...bias ? [biasSpec(`${name}.bias`, size, layer)] : [],
  ];
}
