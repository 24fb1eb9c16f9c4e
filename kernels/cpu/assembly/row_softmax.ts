/**
 * The two halves of softmax over a row of any length, its maximum, and the exponentials with their sum; and what
 * attention makes of them.
 */

import { exp4 } from "./exp";
import { firstLanes, largestOf, storeFirst, sumOf } from "./lanes";
import { at } from "./simd";

/** The largest of `columns` elements. */
export function largestOfRow(x: usize, columns: u32): f32 {
  const lowest = f32x4.splat(-Infinity);
  let largest0 = lowest, largest1 = lowest;
  let i: u32 = 0;
  for (; i + 8 <= columns; i += 8) {
    largest0 = f32x4.pmax(largest0, v128.load(at(x, i)));
    largest1 = f32x4.pmax(largest1, v128.load(at(x, i), 16));
  }
  for (; i < columns; i += 4) {
    largest0 = f32x4.pmax(largest0, v128.bitselect(v128.load(at(x, i)), lowest, firstLanes(columns - i)));
  }
  return largestOf(f32x4.pmax(largest0, largest1));
}

/** Writes exp(x - largest) of `columns` elements to `y`, which may be `x`, and returns the sum. */
export function exponentials(x: usize, columns: u32, largest: f32, y: usize): f32 {
  const shift = f32x4.splat(largest);
  let sum0 = f32x4.splat(0), sum1 = sum0;
  let i: u32 = 0;
  for (; i + 8 <= columns; i += 8) {
    const e0 = exp4(f32x4.sub(v128.load(at(x, i)), shift));
    const e1 = exp4(f32x4.sub(v128.load(at(x, i), 16), shift));
    v128.store(at(y, i), e0);
    v128.store(at(y, i), e1, 16);
    sum0 = f32x4.add(sum0, e0);
    sum1 = f32x4.add(sum1, e1);
  }
  for (; i < columns; i += 4) {
    const e = exp4(f32x4.sub(v128.load(at(x, i)), shift));
    storeFirst(at(y, i), e, columns - i);
    sum0 = f32x4.add(sum0, v128.and(e, firstLanes(columns - i)));
  }
  return sumOf(f32x4.add(sum0, sum1));
}

/** x *= factor over `columns` elements. */
export function scaleRow(x: usize, columns: u32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (let i: u32 = 0; i < columns; i += 4) {
    storeFirst(at(x, i), f32x4.mul(v128.load(at(x, i)), factors), columns - i);
  }
}

/** x *= factors * factor, to the end of the last vector. */
export function multiplyRow(x: usize, factors: usize, columns: u32, factor: f32): void {
  for (let i: u32 = 0; i < columns; i += 4) {
    const y = f32x4.mul(v128.load(at(x, i)), v128.load(at(factors, i)));
    v128.store(at(x, i), f32x4.mul(y, f32x4.splat(factor)));
  }
}

/** A row of scores becomes weights after dropout, a row of dP becomes dS, to the end of the last vector. */
export function scoreGradients(
  scores: usize,
  dScores: usize,
  factors: usize,
  keys: u32,
  logSumExp: f32,
  delta: f32,
): void {
  const shift = f32x4.splat(logSumExp);
  const deltas = f32x4.splat(delta);
  for (let i: u32 = 0; i < keys; i += 4) {
    const keep = v128.load(at(factors, i));
    const p = exp4(f32x4.sub(v128.load(at(scores, i)), shift));
    const dWeights = f32x4.mul(keep, v128.load(at(dScores, i)));
    v128.store(at(scores, i), f32x4.mul(p, keep));
    v128.store(at(dScores, i), f32x4.mul(p, f32x4.sub(dWeights, deltas)));
  }
}
