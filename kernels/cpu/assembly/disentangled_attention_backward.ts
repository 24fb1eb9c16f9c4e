/**
 * Maths   as attention_backward.ts with the scores of disentangled_attention.ts, and
 *         dq_i += scale * sum_j dS_ij kr, dk_j += scale * sum_i dS_ij qr, dkr += scale * sum dS_ij q_i,
 *         dqr += scale * sum dS_ij k_j, sums over all pairs at that distance
 * Task    a head: gradients of its positions are sums over all sequences, one after the other
 * Paper   He et al. 2021, arXiv:2006.03654
 */

import { ATTENTION_ROWS, DISTANCE_ROWS } from "../partition";
import {
  addPositions,
  eights,
  runStart,
  tableOrigin,
  tableRows,
  takeTable,
} from "./disentangled";
import { dotRow, fours, giveRows, scoreStride, takePanels, takeRows, takeTransposed } from "./head_rows";
import { storeFirst } from "./lanes";
import { DropoutUniforms, keepScales } from "./philox";
import { scoreGradients } from "./row_softmax";
import { at, least } from "./simd";
import { product, productOfRows, productTransposed } from "./small_matrix";

@unmanaged
class DisentangledAttentionBackward {
  qkv: usize;
  positions: usize;
  bucketOf: usize;
  rangeOf: usize;
  out: usize;
  dOut: usize;
  bounds: usize;
  stats: usize;
  dQkv: usize;
  dPositions: usize;
  /** Of each thread: the matrices of one head of a sequence. */
  workspace: usize;
  tokens: u32;
  heads: u32;
  headSize: u32;
  hidden: u32;
  scale: f32;
  buckets: u32;
  distances: u32;
  dropoutSeed: u32;
  dropoutMicroBatch: u32;
  dropoutStep: u32;
  dropoutSite: u32;
  dropoutThreshold: u32;
  dropoutScale: f32;
}

export function disentangledAttentionBackward(
  call: DisentangledAttentionBackward,
  head: u32,
  thread: u32,
): void {
  const columns = scoreStride(call.tokens), size = fours(call.headSize);
  const share = columns * (6 * size + 2 * ATTENTION_ROWS + 1) + 7 * (2 * columns + 16) * size +
    16 * (columns + 32) + 4 * ATTENTION_ROWS * size;
  const workspace = at(call.workspace, thread * share);
  for (let row: u32 = 0; row < 2 * call.buckets; row++) {
    const gradient = at(call.dPositions, row * call.hidden + head * call.headSize);
    memory.fill(gradient, 0, <usize> call.headSize << 2);
  }
  for (let row: u32 = 0; row < call.tokens;) {
    const end = load<u32>(at(call.bounds, row * 2), 4);
    attendBackward(call, head, row, end - row, workspace);
    row = end;
  }
}

/** One head of the sequence of `keys` tokens from row `start` on. */
function attendBackward(
  call: DisentangledAttentionBackward,
  head: u32,
  start: u32,
  keys: u32,
  workspace: usize,
): void {
  const headSize = call.headSize, size = fours(headSize);
  const rowBytes: usize = size << 2;
  const scoreBytes: usize = scoreStride(keys) << 2;
  const productBytes: usize = scoreStride(keys + 14) << 2;
  const stride: usize = call.hidden << 2;
  const qkvStride = 3 * stride;
  const uniforms = changetype<DropoutUniforms>(
    changetype<usize>(call) + offsetof<DisentangledAttentionBackward>("dropoutSeed"),
  );

  const matrix = fours(keys) * rowBytes;
  const rowsOfTable = tableRows(keys);
  const table = rowsOfTable * rowBytes;
  const keyColumns = workspace;
  const valueColumns = keyColumns + matrix;
  const scaledKeys = valueColumns + matrix;
  const dKeys = scaledKeys + matrix;
  const dValues = dKeys + matrix;
  const keyRows = dValues + matrix;
  const byDistance = keyRows + eights(keys) * rowBytes;
  const keysOfPositions = byDistance + table;
  const queriesOfPositions = keysOfPositions + table;
  const keyPanels = queriesOfPositions + table;
  const queryPanels = keyPanels + table;
  const dKeysOfPositions = queryPanels + table;
  const dQueriesOfPositions = dKeysOfPositions + table;
  const products = dQueriesOfPositions + table;
  const shifted = products + DISTANCE_ROWS * productBytes;
  const scores = shifted + DISTANCE_ROWS * productBytes;
  const dScores = scores + ATTENTION_ROWS * scoreBytes;
  const factors = dScores + ATTENTION_ROWS * scoreBytes;
  const queries = factors + scoreBytes;
  const dOuts = queries + ATTENTION_ROWS * rowBytes;
  const dQueries = dOuts + ATTENTION_ROWS * rowBytes;
  const sums = dQueries + ATTENTION_ROWS * rowBytes;

  const begin = start * call.hidden + head * headSize;
  const query = at(call.qkv, 3 * start * call.hidden + head * headSize);
  const dQuery = query - call.qkv + call.dQkv;
  takeTransposed(query + stride, qkvStride, keys, headSize, keyColumns);
  takeTransposed(query + 2 * stride, qkvStride, keys, headSize, valueColumns);
  // The scale goes along with q into the scores, dKey and dkr, with k into dqr, and with k and kr into dQuery.
  takePanels(query + stride, qkvStride, keys, headSize, call.scale, scaledKeys);
  takeRows(query + stride, qkvStride, keys, headSize, call.scale, keyRows);
  const positions = at(call.positions, head * headSize);
  takeTable(positions + stride, 2 * stride, call.bucketOf, call.distances, keys, headSize, -1, byDistance);
  takeTransposed(byDistance, rowBytes, rowsOfTable, headSize, keysOfPositions);
  takePanels(byDistance, rowBytes, rowsOfTable, headSize, call.scale, keyPanels);
  takeTable(positions, 2 * stride, call.bucketOf, call.distances, keys, headSize, 1, byDistance);
  takeTransposed(byDistance, rowBytes, rowsOfTable, headSize, queriesOfPositions);
  takePanels(byDistance, rowBytes, rowsOfTable, headSize, call.scale, queryPanels);
  memory.fill(dKeys, 0, matrix * 2);
  memory.fill(dKeysOfPositions, 0, table * 2);
  // Without dropout the factors are the same for all rows.
  keepScales(uniforms, 0, 0, keys, factors);
  for (let position: u32 = 0; position < keys; position += ATTENTION_ROWS) {
    const rows = least(ATTENTION_ROWS, keys - position);
    const from = begin + position * call.hidden;
    takeRows(query + position * qkvStride, qkvStride, rows, headSize, call.scale, queries);
    takeRows(at(call.dOut, from), stride, rows, headSize, 1, dOuts);
    product(queries, rowBytes, keyColumns, scores, scoreBytes, fours(rows), fours(keys), headSize);
    addPositions(
      queries,
      keysOfPositions,
      keyRows,
      queriesOfPositions,
      products,
      productBytes,
      keys,
      headSize,
      position,
      rows,
      scores,
      scoreBytes,
    );
    product(dOuts, rowBytes, valueColumns, dScores, scoreBytes, fours(rows), fours(keys), headSize);
    for (let row: u32 = 0; row < rows; row++) {
      const counter = (start + position + row) * call.heads + head;
      const delta = dotRow(dOuts + row * rowBytes, at(call.out, from + row * call.hidden), headSize);
      const stats = at(call.stats, counter * 2);
      store<f32>(stats, delta, 4);
      if (call.dropoutThreshold) keepScales(uniforms, counter, 0, keys, factors);
      const weights = scores + row * scoreBytes, dWeights = dScores + row * scoreBytes;
      scoreGradients(weights, dWeights, factors, keys, load<f32>(stats), delta);
    }
    product(dScores, scoreBytes, scaledKeys, dQueries, rowBytes, fours(rows), size, keys);
    productTransposed(dScores, scoreBytes, queries, rowBytes, dKeys, fours(keys), size, rows);
    productTransposed(scores, scoreBytes, dOuts, rowBytes, dValues, fours(keys), size, rows);

    for (let group: u32 = 0; group < rows; group += DISTANCE_ROWS) {
      const count = least(DISTANCE_ROWS, rows - group);
      const run = runStart(keys, position + group, 0), aligned = run & ~7;
      const columns = eights(keys + DISTANCE_ROWS - 1 + run - aligned);
      memory.fill(shifted, 0, DISTANCE_ROWS * productBytes);
      for (let row: u32 = 0; row < count; row++) {
        const to = at(shifted + row * productBytes, DISTANCE_ROWS - 1 - row + run - aligned);
        memory.copy(to, dScores + (group + row) * scoreBytes, <usize> keys << 2);
      }
      productOfRows(
        shifted,
        productBytes,
        keyPanels,
        rowsOfTable,
        aligned,
        sums,
        rowBytes,
        DISTANCE_ROWS,
        size,
        columns,
      );
      addRows(sums, dQueries + group * rowBytes, count * size);
      const scaledQueries = queries + group * rowBytes;
      const gradients = dKeysOfPositions + aligned * rowBytes;
      productTransposed(shifted, productBytes, scaledQueries, rowBytes, gradients, columns, size, count);
    }
    giveRows(dQueries, rows, headSize, dQuery + position * qkvStride, qkvStride);

    for (let group: u32 = 0; group < keys; group += DISTANCE_ROWS) {
      const count = least(DISTANCE_ROWS, keys - group);
      const run = runStart(keys, group, position), aligned = run & ~7;
      const columns = eights(rows + DISTANCE_ROWS - 1 + run - aligned);
      memory.fill(shifted, 0, DISTANCE_ROWS * productBytes);
      for (let key: u32 = 0; key < count; key += 4) {
        const to = at(shifted + key * productBytes, DISTANCE_ROWS - 1 - key + run - aligned);
        transposeTo(at(dScores, group + key), scoreBytes, rows, least(4, count - key), to, productBytes - 4);
      }
      productOfRows(
        shifted,
        productBytes,
        queryPanels,
        rowsOfTable,
        aligned,
        sums,
        rowBytes,
        DISTANCE_ROWS,
        size,
        columns,
      );
      addRows(sums, dKeys + group * rowBytes, count * size);
      const keysOfGroup = keyRows + group * rowBytes;
      const gradients = dQueriesOfPositions + aligned * rowBytes;
      productTransposed(shifted, productBytes, keysOfGroup, rowBytes, gradients, columns, size, count);
    }
  }
  giveRows(dKeys, keys, headSize, dQuery + stride, qkvStride);
  giveRows(dValues, keys, headSize, dQuery + 2 * stride, qkvStride);

  const gradients = at(call.dPositions, head * headSize);
  addTable(call, dQueriesOfPositions, keys, 1, gradients);
  addTable(call, dKeysOfPositions, keys, -1, gradients + stride);
}

/** to += from, over `count` numbers, a multiple of four. */
function addRows(from: usize, to: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i += 4) {
    v128.store(at(to, i), f32x4.add(v128.load(at(to, i)), v128.load(at(from, i))));
  }
}

/** Up to four columns of `rows` rows, as rows that are `toStride` bytes apart. */
function transposeTo(from: usize, stride: usize, rows: u32, columns: u32, to: usize, toStride: usize): void {
  for (let row: u32 = 0; row < rows; row += 4) {
    const count = least(4, rows - row);
    const x0 = from + row * stride;
    const r0 = v128.load(x0), r1 = v128.load(x0 + stride);
    const r2 = v128.load(x0 + 2 * stride), r3 = v128.load(x0 + 3 * stride);
    const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    const y = at(to, row);
    storeFirst(y, v128.shuffle<f32>(a, b, 0, 1, 4, 5), count);
    if (columns > 1) storeFirst(y + toStride, v128.shuffle<f32>(a, b, 2, 3, 6, 7), count);
    if (columns > 2) storeFirst(y + 2 * toStride, v128.shuffle<f32>(c, d, 0, 1, 4, 5), count);
    if (columns > 3) storeFirst(y + 3 * toStride, v128.shuffle<f32>(c, d, 2, 3, 6, 7), count);
  }
}

/** Adds a table by distance, as takeTable made it, to the gradients of buckets. */
function addTable(
  call: DisentangledAttentionBackward,
  table: usize,
  keys: u32,
  sign: i32,
  gradients: usize,
): void {
  const size = fours(call.headSize), reach = <i32> (call.distances >> 1), last = <i32> keys - 1;
  for (let distance = -last; distance <= last; distance++) {
    const bucket = load<u32>(at(call.bucketOf, <u32> (sign * distance + reach)));
    const from = at(table, (<u32> (distance + <i32> tableOrigin(keys))) * size);
    const to = at(gradients, bucket * 2 * call.hidden);
    for (let column: u32 = 0; column < call.headSize; column += 4) {
      const sum = f32x4.add(v128.load(at(to, column)), v128.load(at(from, column)));
      storeFirst(at(to, column), sum, call.headSize - column);
    }
  }
}
