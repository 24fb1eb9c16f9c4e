/**
 * Maths   bf16: the upper half of an f32. f16: fraction and exponent moved to their places, times 2^112, which makes
 *         the exponent right and normalises subnormals; what is not finite gets its exponent back
 * Task    ELEMENTS numbers
 */

import { ELEMENTS } from "../partition";
import { storeFirst } from "./lanes";
import { at, constant, least } from "./simd";

const BF16: u32 = 1;

const SIGN = memory.data<u32>([0x8000]), MAGNITUDE = memory.data<u32>([0x7fff]);
const INFINITY = memory.data<u32>([0x7c00]), EXPONENT = memory.data<u32>([0x7f800000]);
const TWO_TO_112 = memory.data<f32>([5.192296858534828e33]);

@unmanaged
class Widen {
  source: usize;
  out: usize;
  words: u32;
  count: u32;
  format: u32;
}

export function widen(call: Widen, task: u32, _thread: u32): void {
  const end = least((task + 1) * ELEMENTS, call.count);
  for (let i = task * ELEMENTS; i < end; i += 4) {
    const halves = v128.load_ext<u16>(call.source + (<usize> i << 1));
    storeFirst(at(call.out, i), call.format == BF16 ? i32x4.shl(halves, 16) : widenF16(halves), end - i);
  }
}

// @ts-ignore: decorator
@inline
function widenF16(half: v128): v128 {
  const sign = i32x4.shl(v128.and(half, constant(SIGN)), 16);
  const magnitude = v128.and(half, constant(MAGNITUDE));
  const value = f32x4.mul(i32x4.shl(magnitude, 13), constant(TWO_TO_112));
  const notFinite = v128.and(i32x4.ge_u(magnitude, constant(INFINITY)), constant(EXPONENT));
  return v128.or(v128.or(value, sign), notFinite);
}
