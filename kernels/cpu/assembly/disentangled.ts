/**
 * What disentangled attention and its backward share: tables of positions by distance, and what scores take from them.
 *
 * Maths   a row i takes q_i · kr from each key j, kr that of the distance i - j. For DISTANCE_ROWS rows one product with
 *         a run of the table of all distances has what they need: of row r of them it is shifted by r.
 * Why     positions are laid out by distance first, where buckets stand as often as they have distances, so that runs
 *         are contiguous whatever the buckets are, and products as dense as those of queries and keys
 */

import { DISTANCE_ROWS } from "../partition";
import { fours } from "./head_rows";
import { at, least } from "./simd";
import { product } from "./small_matrix";

/** Rows of a table for sequences of `keys` tokens: all distances, and those that a group of rows is longer. */
// @ts-ignore: decorator
@inline
export function tableRows(keys: u32): u32 {
  return (2 * keys + 14) & ~7;
}

/** The row of distance 0, or of key and row at one place. */
// @ts-ignore: decorator
@inline
export function tableOrigin(keys: u32): u32 {
  return keys + DISTANCE_ROWS - 1;
}

/** A multiple of 8: panels of tables are whole. */
// @ts-ignore: decorator
@inline
export function eights(size: u32): u32 {
  return (size + 7) & ~7;
}

/**
 * Rows of positions by distance, row-major: with `sign` 1 row n is that of row minus key n - origin, with -1 of key
 * minus row. Rows beyond the distances that a sequence has repeat the nearest one.
 */
export function takeTable(
  positions: usize,
  stride: usize,
  bucketOf: usize,
  distances: u32,
  keys: u32,
  size: u32,
  sign: i32,
  to: usize,
): void {
  const rows = tableRows(keys), origin = <i32> tableOrigin(keys), reach = <i32> (distances >> 1);
  for (let row: u32 = 0; row < rows; row++) {
    const distance = max(min(sign * (<i32> row - origin), reach), -reach);
    const from = positions + <usize> load<u32>(at(bucketOf, <u32> (distance + reach))) * stride;
    for (let column: u32 = 0; column < size; column += 4, to += 16) v128.store(to, v128.load(at(from, column)));
  }
}

/** Where the run of a group that begins at row or key `first`, in a tile from `start` on, begins in its table. */
// @ts-ignore: decorator
@inline
export function runStart(keys: u32, first: u32, start: u32): u32 {
  return keys + start - first;
}

/** Adds what positions give to the scores of a tile of rows from `position` on: queries · kr and keys · qr. */
export function addPositions(
  queries: usize,
  keysOfPositions: usize,
  keyRows: usize,
  queriesOfPositions: usize,
  products: usize,
  stride: usize,
  keys: u32,
  headSize: u32,
  position: u32,
  rows: u32,
  scores: usize,
  scoreBytes: usize,
): void {
  addKeysOfPositions(
    queries,
    keysOfPositions,
    products,
    stride,
    keys,
    headSize,
    position,
    rows,
    scores,
    scoreBytes,
  );
  addQueriesOfPositions(
    keyRows,
    queriesOfPositions,
    products,
    stride,
    keys,
    headSize,
    position,
    rows,
    scores,
    scoreBytes,
  );
}

/** Adds queries · kr to the scores of a tile of rows from `position` on. */
function addKeysOfPositions(
  queries: usize,
  table: usize,
  products: usize,
  stride: usize,
  keys: u32,
  headSize: u32,
  position: u32,
  rows: u32,
  scores: usize,
  scoreBytes: usize,
): void {
  const rowBytes: usize = fours(headSize) << 2;
  for (let group: u32 = 0; group < rows; group += DISTANCE_ROWS) {
    const run = runStart(keys, position + group, 0), aligned = run & ~7;
    const columns = eights(keys + DISTANCE_ROWS - 1 + run - aligned);
    const panels = table + <usize> (aligned >> 3) * (<usize> headSize << 5);
    product(queries + group * rowBytes, rowBytes, panels, products, stride, DISTANCE_ROWS, columns, headSize);
    const count = least(DISTANCE_ROWS, rows - group);
    for (let row: u32 = 0; row < count; row++) {
      const from = at(products + row * stride, DISTANCE_ROWS - 1 - row + run - aligned);
      const to = scores + (group + row) * scoreBytes;
      for (let key: u32 = 0; key < keys; key += 4) {
        v128.store(at(to, key), f32x4.add(v128.load(at(to, key)), v128.load(at(from, key))));
      }
    }
  }
}

/** Adds keys · qr to the scores of a tile of rows from `position` on. */
function addQueriesOfPositions(
  keyRows: usize,
  table: usize,
  products: usize,
  stride: usize,
  keys: u32,
  headSize: u32,
  position: u32,
  rows: u32,
  scores: usize,
  scoreBytes: usize,
): void {
  const rowBytes: usize = fours(headSize) << 2;
  for (let group: u32 = 0; group < keys; group += DISTANCE_ROWS) {
    const run = runStart(keys, group, position), aligned = run & ~7;
    const columns = eights(rows + DISTANCE_ROWS - 1 + run - aligned);
    const panels = table + <usize> (aligned >> 3) * (<usize> headSize << 5);
    product(keyRows + group * rowBytes, rowBytes, panels, products, stride, DISTANCE_ROWS, columns, headSize);
    const count = least(DISTANCE_ROWS, keys - group);
    for (let key: u32 = 0; key < count; key += 4) {
      // Of key r the products are shifted by r against those of the first.
      const x0 = at(products + key * stride, DISTANCE_ROWS - 1 - key + run - aligned);
      const x1 = x0 + stride - 4, x2 = x1 + stride - 4, x3 = x2 + stride - 4;
      const to = at(scores, group + key);
      for (let row: u32 = 0; row < rows; row += 4) {
        const r0 = v128.load(at(x0, row)), r1 = v128.load(at(x1, row));
        const r2 = v128.load(at(x2, row)), r3 = v128.load(at(x3, row));
        const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        const y0 = to + row * scoreBytes, y1 = y0 + scoreBytes, y2 = y1 + scoreBytes, y3 = y2 + scoreBytes;
        v128.store(y0, f32x4.add(v128.load(y0), v128.shuffle<f32>(a, b, 0, 1, 4, 5)));
        v128.store(y1, f32x4.add(v128.load(y1), v128.shuffle<f32>(a, b, 2, 3, 6, 7)));
        v128.store(y2, f32x4.add(v128.load(y2), v128.shuffle<f32>(c, d, 0, 1, 4, 5)));
        v128.store(y3, f32x4.add(v128.load(y3), v128.shuffle<f32>(c, d, 2, 3, 6, 7)));
      }
    }
  }
}
