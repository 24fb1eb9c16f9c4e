/**
 * The rows of one head between buffers `[tokens, hidden]` and scratch. In scratch a row is as long as the head's size
 * padded to a multiple of 4 with zeros, and so is the number of rows; layouts are those of small_matrix.ts.
 */

import { firstLanes, storeFirst, sumOf } from "./lanes";
import { at, multiplyAdd } from "./simd";

/** A size padded to a multiple of 4. */
// @ts-ignore: decorator
@inline
export function fours(size: u32): u32 {
  return (size + 3) & ~3;
}

/** Elements from a row of scores to the next: an odd number of cache lines, so that a column spreads over the cache. */
// @ts-ignore: decorator
@inline
export function scoreStride(keys: u32): u32 {
  return ((keys + 15) & ~15) | 16;
}

/** Rows times a factor, row-major. `stride` is the buffer's, in bytes, here and below. */
export function takeRows(from: usize, stride: usize, rows: u32, size: u32, factor: f32, to: usize): void {
  const factors = f32x4.splat(factor);
  for (let row: u32 = 0; row < rows; row++, from += stride) {
    for (let column: u32 = 0; column < size; column += 4, to += 16) {
      const x = v128.and(v128.load(at(from, column)), firstLanes(size - column));
      v128.store(to, f32x4.mul(x, factors));
    }
  }
  memory.fill(to, 0, (fours(rows) - rows) * fours(size) << 2);
}

/** Rows times a factor, as panels. */
export function takePanels(from: usize, stride: usize, rows: u32, size: u32, factor: f32, to: usize): void {
  const factors = f32x4.splat(factor);
  const all = fours(rows);
  for (let column: u32 = 0; column < size; column += 8, to += all << 5) {
    const wide = fours(size) - column > 4;
    const first = firstLanes(size - column);
    const second = firstLanes(size - column - 4);
    let at0 = to;
    let from0 = at(from, column);
    for (let row: u32 = 0; row < rows; row++, from0 += stride) {
      v128.store(at0, f32x4.mul(v128.and(v128.load(from0), first), factors));
      at0 += 16;
      if (!wide) continue;
      v128.store(at0, f32x4.mul(v128.and(v128.load(from0, 16), second), factors));
      at0 += 16;
    }
    memory.fill(at0, 0, (all - rows) << (wide ? 5 : 4));
  }
}

/** Rows as panels of their transpose `[size, rows]`. */
export function takeTransposed(from: usize, stride: usize, rows: u32, size: u32, to: usize): void {
  const height = fours(size);
  for (let row: u32 = 0; row < rows; row += 4, from += stride << 2) {
    const panel = to + (row >> 3) * (height << 5) + ((row & 4) << 2);
    const step: usize = (row & ~7) + 4 < rows ? 32 : 16;
    let target = panel;
    for (let column: u32 = 0; column < size; column += 4) {
      const mask = firstLanes(size - column);
      let x = at(from, column);
      const r0 = v128.and(v128.load(x), mask);
      let r1 = f32x4.splat(0), r2 = r1, r3 = r1;
      if (row + 1 < rows) r1 = v128.and(v128.load(x += stride), mask);
      if (row + 2 < rows) r2 = v128.and(v128.load(x += stride), mask);
      if (row + 3 < rows) r3 = v128.and(v128.load(x += stride), mask);
      const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
      v128.store(target += step, v128.shuffle<f32>(a, b, 2, 3, 6, 7));
      v128.store(target += step, v128.shuffle<f32>(c, d, 0, 1, 4, 5));
      v128.store(target += step, v128.shuffle<f32>(c, d, 2, 3, 6, 7));
      target += step;
    }
  }
}

/** Row-major rows back to a buffer. */
export function giveRows(from: usize, rows: u32, size: u32, to: usize, stride: usize): void {
  for (let row: u32 = 0; row < rows; row++, to += stride) {
    for (let column: u32 = 0; column < size; column += 4, from += 16) {
      storeFirst(at(to, column), v128.load(from), size - column);
    }
  }
}

/** The sum of products of a row in scratch and a row in a buffer. */
export function dotRow(row: usize, other: usize, size: u32): f32 {
  let sum = f32x4.splat(0);
  for (let column: u32 = 0; column < size; column += 4) {
    const x = v128.and(v128.load(at(other, column)), firstLanes(size - column));
    sum = multiplyAdd(v128.load(at(row, column)), x, sum);
  }
  return sumOf(sum);
}
