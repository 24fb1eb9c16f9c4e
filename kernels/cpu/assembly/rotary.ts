/**
 * Maths   a' = a cos - b sin, b' = b cos + a sin, for the two halves a, b of each head; -sin with `inverse`
 * Task    rows of about ELEMENTS elements of queries, and as many of keys
 * Paper   Su et al. 2021, arXiv:2104.09864
 */

import { ELEMENTS } from "../partition";
import { storeFirst } from "./lanes";
import { at, least } from "./simd";

@unmanaged
class Rotary {
  qkv: usize;
  /** Of each token: cosines, then sines. */
  turns: usize;
  tokens: u32;
  heads: u32;
  headSize: u32;
  hidden: u32;
  inverse: u32;
}

export function rotary(call: Rotary, task: u32, _thread: u32): void {
  const rows = max<u32>(1, ELEMENTS / call.hidden);
  const end = least((task + 1) * rows, call.tokens);
  const half = call.headSize >> 1;
  for (let row = task * rows; row < end; row++) {
    const cosines = at(call.turns, row * call.headSize), sines = at(cosines, half);
    // Heads of a row's queries, and behind them those of its keys.
    let first = at(call.qkv, row * 3 * call.hidden);
    for (let head: u32 = 0; head < 2 * call.heads; head++, first += <usize> call.headSize << 2) {
      turn(first, at(first, half), cosines, sines, half, call.inverse);
    }
  }
}

function turn(first: usize, second: usize, cosines: usize, sines: usize, count: u32, inverse: u32): void {
  for (let i: u32 = 0; i < count; i += 4) {
    const a = v128.load(at(first, i)), b = v128.load(at(second, i));
    const cosine = v128.load(at(cosines, i));
    let sine = v128.load(at(sines, i));
    if (inverse) sine = f32x4.neg(sine);
    storeFirst(at(first, i), f32x4.sub(f32x4.mul(a, cosine), f32x4.mul(b, sine)), count - i);
    storeFirst(at(second, i), f32x4.add(f32x4.mul(b, cosine), f32x4.mul(a, sine)), count - i);
  }
}
