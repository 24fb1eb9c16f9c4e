/**
 * The rows of one head between buffers `[tokens, hidden]` and scratch, in the layouts of small_matrix.ts: numbers of
 * rows and the size of the head are padded to multiples of 4 there, with whatever is near.
 */

import { firstLanes, storeFirst, sumOf } from "./lanes";
import { at, least } from "./simd";

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
      v128.store(to, f32x4.mul(v128.load(at(from, column)), factors));
    }
  }
}

/** Rows times a factor, as panels. */
export function takePanels(from: usize, stride: usize, rows: u32, size: u32, factor: f32, to: usize): void {
  const factors = f32x4.splat(factor);
  for (let column: u32 = 0; column < size; column += 8, from += 32) {
    const wide = column + 4 < size;
    let x = from;
    for (let row: u32 = 0; row < rows; row++, x += stride) {
      v128.store(to, f32x4.mul(v128.load(x), factors));
      to += 16;
      if (!wide) continue;
      v128.store(to, f32x4.mul(v128.load(x, 16), factors));
      to += 16;
    }
  }
}

/**
 * Rows as panels of their transpose `[size, rows]`. What is behind a row of a size that is no multiple of 4 goes where
 * the next panel will be, and after the last one into the padding.
 */
export function takeTransposed(from: usize, stride: usize, rows: u32, size: u32, to: usize): void {
  for (let row: u32 = 0; row < rows; row += 4) {
    // Rows beyond the last would be beyond the buffer.
    const x0 = from + row * stride;
    const x1 = from + least(row + 1, rows - 1) * stride;
    const x2 = from + least(row + 2, rows - 1) * stride;
    const x3 = from + least(row + 3, rows - 1) * stride;
    const step: usize = (row & ~7) + 4 < rows ? 32 : 16;
    let target = to + (row >> 3) * (size << 5) + ((row & 4) << 2);
    for (let column: u32 = 0; column < size; column += 4) {
      const r0 = v128.load(at(x0, column)), r1 = v128.load(at(x1, column));
      const r2 = v128.load(at(x2, column)), r3 = v128.load(at(x3, column));
      const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
      v128.store(target + step, v128.shuffle<f32>(a, b, 2, 3, 6, 7));
      v128.store(target + step * 2, v128.shuffle<f32>(c, d, 0, 1, 4, 5));
      v128.store(target + step * 3, v128.shuffle<f32>(c, d, 2, 3, 6, 7));
      target += step << 2;
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
    const products = f32x4.mul(v128.load(at(row, column)), v128.load(at(other, column)));
    sum = f32x4.add(sum, v128.and(products, firstLanes(size - column)));
  }
  return sumOf(sum);
}

/** The first key that rows from `position` on see: a multiple of four, where a block of dropout's bits begins. */
// @ts-ignore: decorator
@inline
export function firstInWindow(position: u32, window: u32): u32 {
  return (position - least(position, window)) & ~3;
}

/** Behind the last key that rows up to `end` see. */
// @ts-ignore: decorator
@inline
export function endOfWindow(end: u32, window: u32, keys: u32): u32 {
  return end + least(window, keys - end);
}

/** Makes 0 of a row of `columns` numbers outside of the `count` from `own` on, to the end of the last vector. */
export function clearAround(row: usize, columns: u32, own: usize, count: u32): void {
  const end = own + (<usize> count << 2);
  memory.fill(row, 0, own - row);
  memory.fill(end, 0, row + (<usize> fours(columns) << 2) - end);
}
