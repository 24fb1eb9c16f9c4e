/**
 * Maths   y = exp(x - max x) / sum of exp(x - max x), for each row
 * Task    rows of about ELEMENTS elements
 */

import { ELEMENTS } from "../partition";
import { exponentials, largestOfRow, scaleRow } from "./row_softmax";
import { at, least } from "./simd";

@unmanaged
class Softmax {
  x: usize;
  y: usize;
  rows: u32;
  columns: u32;
}

export function softmax(call: Softmax, task: u32, _thread: u32): void {
  const columns = call.columns;
  const rows = max<u32>(1, ELEMENTS / columns);
  const end = least((task + 1) * rows, call.rows);
  for (let row = task * rows; row < end; row++) {
    const x = at(call.x, row * columns);
    const y = at(call.y, row * columns);
    scaleRow(y, columns, 1 / exponentials(x, columns, largestOfRow(x, columns), y));
  }
}
