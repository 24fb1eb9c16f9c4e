/**
 * Maths   out[i, :] = table[indexes[i] - firstRow, :], or += with accumulate
 * Task    rows of about ELEMENTS elements
 * Why     indexes outside of this part of the table leave their row alone, so that a large table can be cut
 */

import { ELEMENTS } from "../partition";
import { storeFirst } from "./lanes";
import { at, least } from "./simd";

@unmanaged
class GatherRows {
  table: usize;
  indexes: usize;
  out: usize;
  count: u32;
  columns: u32;
  tableRows: u32;
  firstRow: u32;
  accumulate: u32;
}

export function gatherRows(call: GatherRows, task: u32, _thread: u32): void {
  const columns = call.columns, rows = max<u32>(1, ELEMENTS / columns);
  const end = least((task + 1) * rows, call.count);
  for (let row = task * rows; row < end; row++) {
    // Below firstRow the difference wraps around and is too large as well.
    const index = load<u32>(at(call.indexes, row)) - call.firstRow;
    if (index >= call.tableRows) continue;
    const from = at(call.table, index * columns), to = at(call.out, row * columns);
    if (!call.accumulate) {
      memory.copy(to, from, <usize> columns << 2);
      continue;
    }
    for (let c: u32 = 0; c < columns; c += 4) {
      storeFirst(at(to, c), f32x4.add(v128.load(at(to, c)), v128.load(at(from, c))), columns - c);
    }
  }
}
