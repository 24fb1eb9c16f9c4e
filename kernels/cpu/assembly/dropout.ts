/**
 * Maths   y = keepScale(row, column) * x, and + y when accumulate is set
 * Task    rows of about ELEMENTS elements
 * Paper   Srivastava et al., JMLR 15, 2014
 */

import { DROPOUT_COLUMNS, ELEMENTS } from "../partition";
import { DropoutUniforms, keepScales } from "./philox";
import { at, least, multiplyAdd } from "./simd";

@unmanaged
class Dropout {
  x: usize;
  y: usize;
  /** Of each thread: the factors of DROPOUT_COLUMNS neighbours. */
  factors: usize;
  rows: u32;
  columns: u32;
  dropoutSeed: u32;
  dropoutMicroBatch: u32;
  dropoutStep: u32;
  dropoutSite: u32;
  dropoutThreshold: u32;
  dropoutScale: f32;
  accumulate: u32;
}

export function dropout(call: Dropout, task: u32, thread: u32): void {
  const factors = at(call.factors, thread * DROPOUT_COLUMNS);
  const uniforms = changetype<DropoutUniforms>(changetype<usize>(call) + offsetof<Dropout>("dropoutSeed"));
  const rows = max<u32>(1, ELEMENTS / call.columns);
  const end = least((task + 1) * rows, call.rows);
  for (let row = task * rows; row < end; row++) {
    for (let column: u32 = 0; column < call.columns; column += DROPOUT_COLUMNS) {
      const count = least(call.columns - column, DROPOUT_COLUMNS);
      const first = row * call.columns + column;
      keepScales(uniforms, row, column, count, factors);
      multiply(at(call.x, first), factors, at(call.y, first), count, call.accumulate);
    }
  }
}

/** y = factors * x, and + y when `accumulate` is set. */
function multiply(x: usize, factors: usize, y: usize, count: u32, accumulate: u32): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const before = accumulate ? v128.load(at(y, i)) : f32x4.splat(0);
    v128.store(at(y, i), multiplyAdd(v128.load(at(factors, i)), v128.load(at(x, i)), before));
  }
  for (; i < count; i++) {
    const before = accumulate ? load<f32>(at(y, i)) : 0;
    store<f32>(at(y, i), load<f32>(at(factors, i)) * load<f32>(at(x, i)) + before);
  }
}
