import type { View } from "../device/device.ts";

/** A matrix of activations on the device: `shape` is `[rows, columns]`, row after row in memory. */
export interface Tensor {
  readonly view: View;
  readonly shape: readonly [rows: number, columns: number];
  /** Whether a gradient of the loss with respect to it is wanted. */
  readonly requiresGradient: boolean;
}

/** Rows `firstRow .. firstRow + rows` of a parameter, in one buffer that every device can bind. */
export interface ParameterPart {
  readonly firstRow: number;
  readonly rows: number;
  /** Number of the arena that it lies in; it begins at element `values.offset` there. */
  readonly arena: number;
  readonly values: View;
  /** An f16 copy of the values, which products of an f16 tape read; absent where nobody asked for it. */
  readonly half: View | undefined;
  /** Where gradients accumulate, f32; absent in a frozen parameter. */
  readonly gradient: View | undefined;
}

/**
 * A named weight. A vector has the shape `[1, n]`.
 *
 * Almost every parameter is one part; a table larger than a binding (250,002 x 768 floats are 732 MiB, a
 * binding 128 MiB) is cut by rows.
 */
export interface Parameter {
  /** Its name in the Hugging Face checkpoint. */
  readonly name: string;
  readonly shape: readonly [rows: number, columns: number];
  readonly trainable: boolean;
  readonly parts: readonly ParameterPart[];
}

/** The single part of a parameter that an op binds whole. */
export function whole(parameter: Parameter): ParameterPart {
  if (parameter.parts.length !== 1) {
    throw new RangeError(`${parameter.name} is too large for one binding: it can be used as a table only`);
  }
  return parameter.parts[0];
}
