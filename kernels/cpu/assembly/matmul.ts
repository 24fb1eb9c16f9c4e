/**
 * Maths   c = activation(a * b + bias + residual), plus the old c when accumulating
 * Task    a block of c: TILES_DOWN by TILES_ACROSS tiles of 5 rows and 8 columns
 * Order   each sum runs over k from 0 on in one lane, whatever the block; only k decides where it passes through memory
 * Paper   Goto and van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication
 *
 * Panels of b are as deep as stays in the first-level cache while all panels of a pass by. Sums wait in scratch of the
 * thread until the whole of k is done; then a tile goes through the epilogue and to c.
 */

import { TILE_COLUMNS, TILE_ROWS, TILES_ACROSS, TILES_DOWN } from "../partition";
import { activate } from "./activation";
import { multiplyTile } from "./matmul_tile";
import { storeFirst } from "./lanes";
import { at, groups, least } from "./simd";

/** Most steps along k for which a panel of b, 32 bytes a step, leaves the first-level cache room for the rest. */
const DEPTH: u32 = 512;

const TILE_BYTES: u32 = TILE_ROWS * TILE_COLUMNS * 4;
const BLOCK_BYTES: u32 = TILES_DOWN * TILES_ACROSS * TILE_BYTES;

/** A call, which both passes share. */
@unmanaged
export class Matmul {
  a: usize;
  b: usize;
  bias: usize;
  residual: usize;
  c: usize;
  preactivation: usize;
  packedA: usize;
  packedB: usize;
  sums: usize;
  m: u32;
  n: u32;
  k: u32;
  transposeA: u32;
  transposeB: u32;
  accumulate: u32;
  activation: u32;
}

export function matmul(call: Matmul, task: u32, thread: u32): void {
  const panelsOfA = groups(call.m, TILE_ROWS);
  const panelsOfB = groups(call.n, TILE_COLUMNS);
  const across = groups(panelsOfB, TILES_ACROSS);
  const firstA = task / across * TILES_DOWN;
  const firstB = task % across * TILES_ACROSS;
  const endA = least(firstA + TILES_DOWN, panelsOfA);
  const endB = least(firstB + TILES_ACROSS, panelsOfB);
  const sums = call.sums + thread * BLOCK_BYTES;
  memory.fill(sums, 0, BLOCK_BYTES);

  const k = call.k;
  const blocks = max(groups(k, DEPTH), 1);
  const depth = groups(k, blocks);
  for (let block: u32 = 0; block < blocks; block++) {
    const p = block * depth;
    const steps = least(depth, k - p);
    let tile = sums;
    for (let j = firstB; j < endB; j++) {
      const b = at(call.packedB, (j * k + p) * TILE_COLUMNS);
      for (let i = firstA; i < endA; i++, tile += TILE_BYTES) {
        multiplyTile(at(call.packedA, (i * k + p) * TILE_ROWS), b, tile, steps);
        if (block === blocks - 1) finishTile(call, tile, i * TILE_ROWS, j * TILE_COLUMNS);
      }
    }
  }
}

/** The epilogue of a tile, which begins at `row` and `column` of c and may reach beyond c. */
function finishTile(call: Matmul, tile: usize, row: u32, column: u32): void {
  const bias = call.bias ? at(call.bias, column) : 0;
  const residual = call.residual;
  const preactivation = call.preactivation;
  const activation = call.activation;
  const accumulate = call.accumulate;
  const c = call.c;
  const columns = call.n - column;
  const rowBytes = at(0, call.n);
  let offset = at(0, row * call.n + column);
  const end = tile + least(TILE_ROWS, call.m - row) * TILE_COLUMNS * 4;
  for (; tile !== end; tile += TILE_COLUMNS * 4, offset += rowBytes) {
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
