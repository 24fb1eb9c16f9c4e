/**
 * Number formats of tensors in a file. Bytes are little-endian, in files as on every platform that runs
 * WebGPU or WASM, so typed arrays can look at them directly.
 */

import { CheckpointError } from "../errors.ts";

/**
 * A dtype that may stand in a file, of a tensor that is needed or not. Lacuna computes with F32, F16 and BF16
 * only.
 */
export type Dtype =
  | "BOOL"
  | "F4"
  | "F6_E2M3"
  | "F6_E3M2"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "F8_E8M0"
  | "F8_E4M3FNUZ"
  | "F8_E5M2FNUZ"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "C64"
  | "F64"
  | "I64"
  | "U64";

/** Bytes an element takes, of some a fraction, in the order in which the format's own writer ranks dtypes. */
export const BYTES_PER_ELEMENT: Readonly<Record<Dtype, number>> = {
  BOOL: 1,
  F4: 0.5,
  F6_E2M3: 0.75,
  F6_E3M2: 0.75,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  C64: 8,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** A dtype whose numbers Lacuna reads and writes. */
export type FloatDtype = "F32" | "F16" | "BF16";

/** Whether `dtype` is one that {@linkcode toFloat32} takes. */
export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16";
}

/**
 * The numbers in `bytes`, exactly: subnormals, infinities and NaN included.
 *
 * @param dtype their format; anything but a {@linkcode FloatDtype} is refused
 * @param bytes `[elements x bytes per element]`
 * @returns `[elements]`, in memory of its own
 * @throws {CheckpointError} if `dtype` is no float format that Lacuna knows
 */
export function toFloat32(dtype: Dtype, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const aligned = bytes.slice().buffer; // a view of the caller's bytes may begin at an odd address
  switch (dtype) {
    case "F32":
      return new Float32Array(aligned);
    case "F16":
      return float16ToFloat32(new Uint16Array(aligned));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(aligned));
    default:
      throw new CheckpointError(`expected a tensor of F32, F16 or BF16 to compute with, found ${dtype}`);
  }
}

/**
 * The bytes of `values` in another format, rounded to the nearest number, ties to the even one (IEEE 754's
 * default).
 *
 * @param dtype the format
 * @param values `[elements]`
 * @returns `[elements x bytes per element]`; as F32 these are the very bytes of `values`, not copied
 */
export function fromFloat32(dtype: FloatDtype, values: Float32Array): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    halves[i] = dtype === "F16" ? toFloat16Bits(bits[i], values[i]) : toBfloat16Bits(bits[i]);
  }
  return new Uint8Array(halves.buffer);
}

function bfloat16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16; // it is the upper half of a float32
  return new Float32Array(bits.buffer);
}

function float16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    // With the same bits one place further down, a float32 is 2^112 times too small: its exponent has another
    // bias. The product is exact, also where the half is subnormal.
    bits[i] = (halves[i] & 0x7fff) << 13;
    floats[i] *= 2 ** 112;
    if ((halves[i] & 0x7c00) === 0x7c00) bits[i] = 0x7f800000 | (halves[i] & 0x3ff) << 13; // infinity or NaN
    bits[i] |= (halves[i] & 0x8000) << 16;
  }
  return floats;
}

function toFloat16Bits(bits: number, value: number): number {
  const sign = bits >>> 16 & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more round to infinity
  if (magnitude < 0x38800000) return sign | roundHalfEven(Math.abs(value) * 2 ** 24); // a multiple of 2^-24
  return sign | dropLowBits(magnitude - 0x38000000, 13); // the exponent's bias goes from 127 to 15
}

function toBfloat16Bits(bits: number): number {
  // Rounding would carry a NaN with a full mantissa over into infinity or -0.
  if ((bits & 0x7fffffff) > 0x7f800000) return bits >>> 16 | 0x40;
  return dropLowBits(bits, 16);
}

/** `bits / 2^count` rounded half to even; a carry moves into the exponent, as it should. */
function dropLowBits(bits: number, count: number): number {
  const oddness = bits >>> count & 1;
  return (bits + 2 ** (count - 1) - 1 + oddness) / 2 ** count >>> 0;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || rest === 0.5 && floor % 2 === 1 ? floor + 1 : floor;
}
