/**
 * Maths   sums[c] = sum_r x[r, c], and + sums[c] when accumulate is 1
 * Task    columnSums: SUM_ROWS rows by SUM_COLUMNS columns into a row of partial sums;
 *         columnSumsTotals: TOTAL_COLUMNS columns of all partial sums
 * Why     blocks of rows make tasks enough for all threads, and keep the error of many rows small
 */

import { SUM_COLUMNS, SUM_ROWS, TOTAL_COLUMNS } from "../partition";
import { at, least } from "./simd";
import { sumRows } from "./rows";

@unmanaged
class ColumnSums {
  x: usize;
  sums: usize;
  partials: usize;
  rows: u32;
  columns: u32;
  accumulate: u32;
}

export function columnSums(call: ColumnSums, task: u32, _thread: u32): void {
  const across = (call.columns + SUM_COLUMNS - 1) / SUM_COLUMNS;
  const block = task / across;
  const row = block * SUM_ROWS, column = task % across * SUM_COLUMNS;
  const x = at(call.x, row * call.columns + column);
  const partials = at(call.partials, block * call.columns + column);
  const rows = least(SUM_ROWS, call.rows - row), columns = least(SUM_COLUMNS, call.columns - column);
  sumRows(x, call.columns, rows, columns, partials, false);
}

export function columnSumsTotals(call: ColumnSums, task: u32, _thread: u32): void {
  const column = task * TOTAL_COLUMNS;
  const blocks = (call.rows + SUM_ROWS - 1) / SUM_ROWS, columns = least(TOTAL_COLUMNS, call.columns - column);
  const partials = at(call.partials, column);
  sumRows(partials, call.columns, blocks, columns, at(call.sums, column), call.accumulate != 0);
}
