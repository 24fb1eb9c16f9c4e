/**
 * Matrices in rows of int8, a quarter of their bytes in f32: `NAME` in I8 `[rows, columns]`, and beside it `NAME_scale`
 * `[rows, 1]` with the number that the codes of each row are multiples of. The names are those of compressed-tensors'
 * "int-quantized" weights with a scale a channel, which llm-compressor writes and vLLM reads.
 *
 * @see https://github.com/vllm-project/compressed-tensors
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { isFloatDtype, toFloat32 } from "./dtype.ts";
import type { TensorSource } from "./safetensors.ts";

/** Codes go from minus this to this, so that zero is one of them and minus a code is a code. */
const LARGEST_CODE = 127;

/** The name of the tensor with the scales of a matrix in rows of int8. */
export function scaleName(matrix: string): string {
  return `${matrix}_scale`;
}

/** Whether a tensor holds the scales of another one that is in rows of int8. */
export function isScale({ tensors }: TensorSource, name: string): boolean {
  const matrix = name.replace(/_scale$/, "");
  return matrix !== name && tensors.get(matrix)?.dtype === "I8";
}

/**
 * Refuses int8 that is no matrix with a scale a row.
 *
 * @throws {CheckpointError} naming the tensor, what was expected and what was found
 */
export function checkInt8Rows({ file, tensors }: TensorSource, tensor: string): void {
  const { shape, file: at } = tensors.get(tensor)!;
  if (shape.length !== 2) {
    throw refusal(at, { tensor, expected: "a matrix where the dtype is I8", found: `shape ${quote(shape)}` });
  }
  const scale = tensors.get(scaleName(tensor));
  if (!scale) {
    throw refusal(file, {
      tensor,
      expected: `a tensor ${quote(scaleName(tensor))} with the scales of its rows of int8`,
      found: "none",
    });
  }
  const wanted = [shape[0], 1];
  const fits = scale.shape.length === 2 && scale.shape.every((length, i) => length === wanted[i]);
  if (!fits || !isFloatDtype(scale.dtype)) {
    throw refusal(scale.file, {
      tensor: scaleName(tensor),
      expected: `F32, F16 or BF16 ${quote(wanted)}, a scale for each row of ${quote(tensor)}`,
      found: `${scale.dtype} ${quote(scale.shape)}`,
    });
  }
}

/**
 * The scales of a matrix that {@linkcode checkInt8Rows} has seen, `[rows]`.
 *
 * @throws {CheckpointError} if one is not finite, or too large for what it is the scale of to be
 */
export async function readScales(source: TensorSource, tensor: string): Promise<Float32Array> {
  const name = scaleName(tensor);
  const { dtype, file } = source.tensors.get(name)!;
  const scales = toFloat32(dtype, await source.read(name));
  const row = scales.findIndex((scale) => !Number.isFinite(Math.fround(128 * scale)));
  if (row < 0) return scales;
  throw refusal(file, {
    tensor: name,
    expected: "scales with which all codes are finite numbers",
    found: `${scales[row]} for row ${row}`,
    advice: "the file is damaged, copy or download it again",
  });
}

/**
 * The numbers that rows of int8 stand for, f32 `[rows, columns]`.
 *
 * @param codes `[rows, columns]`
 * @param scales `[rows]`
 */
export function widenRows(codes: Int8Array, scales: Float32Array): Float32Array<ArrayBuffer> {
  const columns = codes.length / scales.length;
  const values = new Float32Array(codes.length);
  for (const [row, scale] of scales.entries()) {
    for (let i = row * columns; i < (row + 1) * columns; i++) values[i] = codes[i] * scale;
  }
  return values;
}

/**
 * The scales with which a matrix becomes rows of int8: the largest number of a row gets the largest code.
 *
 * @param name of the matrix, for messages
 * @param pieces its numbers row after row, cut anywhere
 * @param columns numbers a row
 * @returns `[rows]`
 * @throws {CheckpointError} for a number that is not finite
 */
export async function scalesOf(
  name: string,
  pieces: AsyncIterable<Float32Array>,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Promise<Float32Array<ArrayBuffer>> {
  const largest = new Float32Array(rows);
  let at = 0;
  for await (const piece of pieces) {
    for (const value of piece) {
      const row = Math.floor(at++ / columns);
      const size = Math.abs(value);
      if (!(size <= largest[row])) largest[row] = size;
    }
  }
  const wrong = largest.find((size) => !Number.isFinite(size));
  if (wrong !== undefined) {
    throw new CheckpointError(`${name}: expected finite weights to save as int8 but found ${wrong}`);
  }
  return largest.map((size) => size / LARGEST_CODE);
}

/** A matrix as rows of int8, in pieces as its numbers come; each becomes the nearest code. */
export async function* int8Rows(
  pieces: AsyncIterable<Float32Array>,
  { scales, columns }: { readonly scales: Float32Array; readonly columns: number },
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const codes = new Int8Array(piece.length);
    for (let i = 0; i < piece.length; i++) {
      const scale = scales[Math.floor(at++ / columns)];
      const code = scale === 0 ? 0 : Math.round(piece[i] / scale);
      // The scale of a row of subnormal numbers is itself rounded far.
      codes[i] = Math.min(Math.max(code, -LARGEST_CODE), LARGEST_CODE);
    }
    yield new Uint8Array(codes.buffer);
  }
}
