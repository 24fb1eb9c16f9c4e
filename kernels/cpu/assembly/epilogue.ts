/**
 * Maths   c = activation(sums + bias + residual), plus the old c when accumulating; preactivation is what is activated
 *
 * What a matrix product goes through on its way to c, tile by tile.
 */

import { TILE_COLUMNS, TILE_ROWS } from "../partition";
import { activate } from "./activation";
import { storeFirst } from "./lanes";
import { Matmul } from "./matmul_call";
import { at, least } from "./simd";

/**
 * The epilogue of a tile, which begins at `row` and `column` of c and may reach beyond c. The rows of its sums are
 * `stride` bytes apart.
 */
export function finishTile(call: Matmul, tile: usize, stride: usize, row: u32, column: u32): void {
  const bias = call.bias ? at(call.bias, column) : 0;
  const residual = call.residual;
  const preactivation = call.preactivation;
  const activation = call.activation;
  const accumulate = call.accumulate;
  const c = call.c;
  const columns = call.n - column;
  const rowBytes = at(0, call.n);
  let offset = at(0, row * call.n + column);
  const end = tile + least(TILE_ROWS, call.m - row) * stride;
  for (; tile !== end; tile += stride, offset += rowBytes) {
    let left = v128.load(tile);
    let right = v128.load(tile, 16);
    if (bias) {
      left = f32x4.add(left, v128.load(bias));
      right = f32x4.add(right, v128.load(bias, 16));
    }
    if (residual) {
      left = f32x4.add(left, v128.load(residual + offset));
      right = f32x4.add(right, v128.load(residual + offset, 16));
    }
    if (preactivation) storeRow(preactivation + offset, left, right, columns);
    if (activation) {
      left = activate(activation, left);
      right = activate(activation, right);
    }
    if (accumulate) {
      left = f32x4.add(v128.load(c + offset), left);
      right = f32x4.add(v128.load(c + offset, 16), right);
    }
    storeRow(c + offset, left, right, columns);
  }
}

/** Stores a row of a tile, as far as there are columns. */
// @ts-ignore: decorator
@inline
function storeRow(to: usize, left: v128, right: v128, columns: u32): void {
  if (columns >= <u32> TILE_COLUMNS) {
    v128.store(to, left);
    v128.store(to, right, 16);
  } else {
    storeFirst(to, left, columns);
    if (columns > 4) storeFirst(to + 16, right, columns - 4);
  }
}
