/**
 * Maths   c = activation(a * b + bias + residual), plus the old c when accumulating
 * Task    a block of c: TILES_DOWN by TILES_ACROSS tiles of 5 rows and 8 columns
 * Order   each sum runs over k from 0 on in one lane, whatever the block; only k decides where it passes through memory
 * Paper   Goto and van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication
 *
 * Panels of b are as deep as stays in the first-level cache while all panels of a pass by. Sums wait in scratch of the
 * thread until the whole of k is done; then a tile goes through the epilogue and to c. Tasks go row by row over a strip of
 * c before they come to the next, so that the panels of a wide b are not fetched from memory for every few rows of a.
 */

import { TILE_COLUMNS, TILE_ROWS, TILES_ACROSS, TILES_DOWN } from "../partition";
import { finishTile } from "./epilogue";
import { Matmul } from "./matmul_call";
import { multiplyTile } from "./matmul_tile";
import { at, groups, least } from "./simd";

/** Most steps along k for which a panel of b, 32 bytes a step, leaves the first-level cache room for the rest. */
const DEPTH: u32 = 512;

/** Most bytes of b's panels, about, which stay in the last-level cache while tasks go down the rows of c. */
const STRIP_BYTES: u32 = 4194304;

const TILE_BYTES: u32 = TILE_ROWS * TILE_COLUMNS * 4;
const BLOCK_BYTES: u32 = TILES_DOWN * TILES_ACROSS * TILE_BYTES;

export function matmul(call: Matmul, task: u32, thread: u32): void {
  const panelsOfA = groups(call.m, TILE_ROWS);
  const panelsOfB = groups(call.n, TILE_COLUMNS);
  const down = groups(panelsOfA, TILES_DOWN);
  const across = groups(panelsOfB, TILES_ACROSS);
  const strips = least(groups(panelsOfB * TILE_COLUMNS * 4 * call.k, STRIP_BYTES), across);
  const strip = groups(across, max(strips, 1));
  const left = task / (down * strip) * strip;
  const width = least(strip, across - left);
  const inStrip = task - down * left;
  const firstA = inStrip / width * TILES_DOWN;
  const firstB = (left + inStrip % width) * TILES_ACROSS;
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
        if (block === blocks - 1) finishTile(call, tile, TILE_COLUMNS * 4, i * TILE_ROWS, j * TILE_COLUMNS);
      }
    }
  }
}
