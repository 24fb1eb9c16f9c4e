/**
 * Maths   squaredError: losses = sum over columns of (x - target)²
 *         squaredErrorGradient: dX = 2 scale (x - target), and + dX when `accumulate` is set
 * Task    rows of about ELEMENTS elements; the gradient has ELEMENTS elements
 */

import { ELEMENTS } from "../partition";
import { firstLanes, storeFirst, sumOf } from "./lanes";
import { at, least, multiplyAdd } from "./simd";

@unmanaged
class SquaredError {
  x: usize;
  targets: usize;
  losses: usize;
  rows: u32;
  columns: u32;
}

@unmanaged
class SquaredErrorGradient {
  x: usize;
  targets: usize;
  dX: usize;
  /** Scale of the loss and more; 0 where the loss is not scaled. */
  scaling: usize;
  rows: u32;
  columns: u32;
  scale: f32;
  accumulate: u32;
}

export function squaredError(call: SquaredError, task: u32, _thread: u32): void {
  const columns = call.columns, rows = max<u32>(1, ELEMENTS / columns);
  const end = least((task + 1) * rows, call.rows);
  for (let row = task * rows; row < end; row++) {
    const x = at(call.x, row * columns), targets = at(call.targets, row * columns);
    let sums = f32x4.splat(0);
    for (let c: u32 = 0; c < columns; c += 4) {
      const difference = f32x4.sub(v128.load(at(x, c)), v128.load(at(targets, c)));
      const inside = v128.and(difference, firstLanes(columns - c));
      sums = multiplyAdd(inside, inside, sums);
    }
    store<f32>(at(call.losses, row), sumOf(sums));
  }
}

export function squaredErrorGradient(call: SquaredErrorGradient, task: u32, _thread: u32): void {
  const start = task * ELEMENTS;
  const end = least(start + ELEMENTS, call.rows * call.columns);
  const scale = call.scaling != 0 ? call.scale * load<f32>(call.scaling) : call.scale;
  const factor = f32x4.splat(2 * scale);
  for (let i = start; i < end; i += 4) {
    const dX = at(call.dX, i);
    const difference = f32x4.sub(v128.load(at(call.x, i)), v128.load(at(call.targets, i)));
    const before = call.accumulate ? v128.load(dX) : f32x4.splat(0);
    storeFirst(dX, multiplyAdd(factor, difference, before), end - i);
  }
}
