import { Random } from "../../src/random/random.ts";
import type { OpName } from "../mod.ts";

/**
 * Buffers of a call on the host; floats have the device's type, so that the reference widens exactly what it
 * gets.
 */
export type Arrays = Record<string, Float32Array | Float16Array | Uint32Array | Int32Array>;

/** The same buffers widened to float64 (integers as they are). */
export type WideArrays = Record<string, Float64Array | Uint32Array | Int32Array>;

/** Sizes, numbers and switches of a call, as {@linkcode Device.dispatch} takes them. */
export type Parameters = Record<string, number>;

/**
 * One call whose result is known: a line of the shape table that every device has to match.
 *
 * A forward op states its outputs (`expected`). A backward op states what it is the derivative of
 * (`derivative`): the proof compares it with central differences of that float64 function, so no backward
 * pass is written twice.
 */
export interface Case {
  readonly op: OpName;
  /** What is special about this line, for the name of the test. */
  readonly label: string;
  /**
   * Every buffer of the call; one that the op only writes is given too, filled with values to be overwritten.
   */
  readonly buffers: Arrays;
  readonly parameters: Parameters;
  /** The float64 outputs, by buffer name. */
  readonly expected?: (buffers: WideArrays) => Record<string, ArrayLike<number>>;
  readonly derivative?: Derivative;
}

/** What a backward op computes, as derivatives of a float64 function. */
interface Derivative {
  /** The scalar whose gradient is taken: usually the sum over outputs of upstream gradient x output. */
  readonly of: (buffers: WideArrays) => number;
  /** Inputs of that function which the op itself does not take. */
  readonly inputs?: Arrays;
  /** Which output of the op is the gradient with respect to which input: `{ dX: "x" }`. */
  readonly gradients: Readonly<Record<string, string>>;
  /** Gradients that the op adds to what its output buffer held before. */
  readonly accumulated?: readonly string[];
}

/** Seeded values for proofs: normal deviates scaled by `scale` around `mean`. */
export function normal(seed: number, length: number, { mean = 0, scale = 1 } = {}): Float32Array {
  const random = new Random(seed, "proof");
  return Float32Array.from({ length }, () => mean + scale * random.normal());
}

/** Normal numbers that f16 holds, so that statistics belong to them in either precision. */
export function halves(seed: number, length: number): Float32Array {
  return Float32Array.from(Float16Array.from(normal(seed, length)));
}

/** Garbage for a buffer that an op only writes, so that an element left out cannot pass. */
export function garbage(length: number): Float32Array {
  return new Float32Array(length).fill(-77.25);
}
