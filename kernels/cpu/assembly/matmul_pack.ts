/**
 * Maths   packedA[panel, p, i] = a[5 panel + i, p], packedB[panel, p, j] = b[p, 8 panel + j]
 * Task    PACKED_PANELS panels of a, or of b
 *
 * Whatever the operands' form, the tile's loop then reads both panels front to back. Rows and columns beyond the last
 * are filled with whatever is near: they reach only outputs that are never stored.
 */

import { PACKED_PANELS, TILE_COLUMNS, TILE_ROWS } from "../partition";
import { Matmul } from "./matmul_call";
import { at, groups, least } from "./simd";

export function matmulPack(call: Matmul, task: u32, _thread: u32): void {
  const k = call.k;
  const panelsOfA = groups(call.m, TILE_ROWS);
  const tasksOfA = groups(panelsOfA, PACKED_PANELS);
  if (task < tasksOfA) {
    const end = least((task + 1) * PACKED_PANELS, panelsOfA);
    for (let panel = task * PACKED_PANELS; panel < end; panel++) {
      const to = at(call.packedA, panel * TILE_ROWS * k);
      const row = panel * TILE_ROWS;
      if (call.transposeA) packA(at(call.a, row), to, k, call.m);
      else packTransposedA(call.a, to, k, row, call.m - 1);
    }
  } else {
    const first = (task - tasksOfA) * PACKED_PANELS;
    const end = least(first + PACKED_PANELS, groups(call.n, TILE_COLUMNS));
    for (let panel = first; panel < end; panel++) {
      const to = at(call.packedB, panel * TILE_COLUMNS * k);
      const column = panel * TILE_COLUMNS;
      if (call.transposeB) packTransposedB(call.b, to, k, column, call.n - 1);
      else packB(at(call.b, column), to, k, call.n);
    }
  }
}

/** A panel of a stored `[k, m]`: five neighbours of each of its rows. */
function packA(from: usize, to: usize, k: u32, m: u32): void {
  for (const end = at(to, k * TILE_ROWS); to < end; to += TILE_ROWS * 4, from = at(from, m)) {
    v128.store(to, v128.load(from));
    store<f32>(to, load<f32>(from, 16), 16);
  }
}

/** A panel of b stored `[k, n]`: eight neighbours of each of its rows. */
function packB(from: usize, to: usize, k: u32, n: u32): void {
  for (const end = at(to, k * TILE_COLUMNS); to < end; to += TILE_COLUMNS * 4, from = at(from, n)) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

/** A panel of a stored `[m, k]`, from five of its rows. */
function packTransposedA(a: usize, to: usize, k: u32, row: u32, last: u32): void {
  transposeFour(a, to, k, row, last, TILE_ROWS * 4);
  let from = at(a, least(row + 4, last) * k);
  to += 16;
  for (const end = at(to, k * TILE_ROWS); to < end; to += TILE_ROWS * 4, from += 4) {
    store<f32>(to, load<f32>(from));
  }
}

/** A panel of b stored `[n, k]`, from eight of its rows. */
function packTransposedB(b: usize, to: usize, k: u32, column: u32, last: u32): void {
  transposeFour(b, to, k, column, last, TILE_COLUMNS * 4);
  transposeFour(b, to + 16, k, column + 4, last, TILE_COLUMNS * 4);
}

/** Rows `row` to `row + 3` of `[last + 1, k]` become four neighbours at every `step` bytes. */
// @ts-ignore: decorator
@inline
function transposeFour(matrix: usize, to: usize, k: u32, row: u32, last: u32, step: usize): void {
  let row0 = at(matrix, least(row, last) * k);
  let row1 = at(matrix, least(row + 1, last) * k);
  let row2 = at(matrix, least(row + 2, last) * k);
  let row3 = at(matrix, least(row + 3, last) * k);
  let left = k;
  for (; left >= 4; left -= 4) {
    const x0 = v128.load(row0);
    const x1 = v128.load(row1);
    const x2 = v128.load(row2);
    const x3 = v128.load(row3);
    const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
    v128.store(to + step, v128.shuffle<f64>(low01, low23, 1, 3));
    v128.store(to + 2 * step, v128.shuffle<f64>(high01, high23, 0, 2));
    v128.store(to + 3 * step, v128.shuffle<f64>(high01, high23, 1, 3));
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
    to += 4 * step;
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(row0));
    store<f32>(to, load<f32>(row1), 4);
    store<f32>(to, load<f32>(row2), 8);
    store<f32>(to, load<f32>(row3), 12);
    row0 += 4;
    row1 += 4;
    row2 += 4;
    row3 += 4;
    to += step;
  }
}
