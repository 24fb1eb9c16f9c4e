/**
 * Maths   table[rows[g] - firstRow, :] += sum of gradient[order[s], :] for s in segments[g] .. segments[g + 1]
 * Task    SCATTER_GROUPS groups by SCATTER_COLUMNS columns: columns, because a group may hold every row there is
 * Why     one task owns its part of a table row, and the sum has the order that the host chose. Blocks of rows keep the
 *         error of a large group small, and what a block reads in the second cache
 */

import { SCATTER_COLUMNS, SCATTER_GROUPS } from "../partition";
import { storeFirst } from "./lanes";
import { at, least } from "./simd";

/** Rows that are added up before their sum goes to the table. */
const BLOCK: u32 = 64;

@unmanaged
class ScatterAddRows {
  gradient: usize;
  order: usize;
  segments: usize;
  rows: usize;
  table: usize;
  count: u32;
  groups: u32;
  columns: u32;
  tableRows: u32;
  firstRow: u32;
}

export function scatterAddRows(call: ScatterAddRows, task: u32, _thread: u32): void {
  const across = (call.columns + SCATTER_COLUMNS - 1) / SCATTER_COLUMNS;
  const firstGroup = task / across * SCATTER_GROUPS;
  const endGroup = least(firstGroup + SCATTER_GROUPS, call.groups);
  const column = task % across * SCATTER_COLUMNS, columns = least(SCATTER_COLUMNS, call.columns - column);
  for (let group = firstGroup; group < endGroup; group++) {
    // Below firstRow the difference wraps around and is too large as well.
    const row = load<u32>(at(call.rows, group)) - call.firstRow;
    if (row >= call.tableRows) continue;
    const to = at(call.table, row * call.columns + column);
    const end = load<u32>(at(call.segments, group), 4);
    for (let s = load<u32>(at(call.segments, group)); s < end; s += BLOCK) {
      addRows(call, column, at(call.order, s), at(call.order, least(s + BLOCK, end)), to, columns);
    }
  }
}

/** Adds the gradient rows whose numbers lie at `order .. end` to `to`, 16 columns at once. */
function addRows(call: ScatterAddRows, column: u32, order: usize, end: usize, to: usize, columns: u32): void {
  for (let c: u32 = 0; c < columns; c += 16) {
    const gradient = at(call.gradient, column + c);
    let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    for (let next = order; next < end; next += 4) {
      const from = at(gradient, load<u32>(next) * call.columns);
      sum0 = f32x4.add(sum0, v128.load(from));
      sum1 = f32x4.add(sum1, v128.load(from, 16));
      sum2 = f32x4.add(sum2, v128.load(from, 32));
      sum3 = f32x4.add(sum3, v128.load(from, 48));
    }
    const sum = at(to, c);
    addFirst(sum, sum0, columns - c);
    if (c + 4 < columns) addFirst(sum + 16, sum1, columns - c - 4);
    if (c + 8 < columns) addFirst(sum + 32, sum2, columns - c - 8);
    if (c + 12 < columns) addFirst(sum + 48, sum3, columns - c - 12);
  }
}

// @ts-ignore: decorator
@inline
function addFirst(address: usize, x: v128, count: u32): void {
  storeFirst(address, f32x4.add(v128.load(address), x), count);
}
