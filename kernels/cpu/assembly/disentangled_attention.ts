/**
 * Maths   s_ij = scale * (q_i · k_j + q_i · kr + qr · k_j) with qr, kr = positions[bucketOf[i - j]], the rest as in
 *         attention.ts
 * Task    a head of the sequences that begin in ATTENTION_BLOCK rows
 * Paper   He et al. 2021, arXiv:2006.03654
 */

import { ATTENTION_BLOCK, ATTENTION_ROWS } from "../partition";
import { addPositions, eights, tableRows, takeTable } from "./disentangled";
import { fours, giveRows, scoreStride, takePanels, takeRows, takeTransposed } from "./head_rows";
import { log } from "./log";
import { DropoutUniforms, keepScales } from "./philox";
import { exponentials, largestOfRow, multiplyRow, scaleRow } from "./row_softmax";
import { at, least } from "./simd";
import { product } from "./small_matrix";

@unmanaged
class DisentangledAttention {
  qkv: usize;
  positions: usize;
  bucketOf: usize;
  bounds: usize;
  out: usize;
  stats: usize;
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

export function disentangledAttention(call: DisentangledAttention, task: u32, thread: u32): void {
  const columns = scoreStride(call.tokens), size = fours(call.headSize);
  const share = columns * (3 * size + ATTENTION_ROWS + 1) + 3 * (2 * columns + 16) * size +
    8 * (columns + 32) + 2 * ATTENTION_ROWS * size;
  const workspace = at(call.workspace, thread * share);
  const first = task / call.heads * ATTENTION_BLOCK;
  const last = least(first + ATTENTION_BLOCK, call.tokens);
  for (let row = first; row < last;) {
    const start = load<u32>(at(call.bounds, row * 2));
    const end = load<u32>(at(call.bounds, row * 2), 4);
    if (start == row) attend(call, task % call.heads, start, end - start, workspace);
    row = max(end, row + 1);
  }
}

/** One head of the sequence of `keys` tokens from row `start` on. */
function attend(call: DisentangledAttention, head: u32, start: u32, keys: u32, workspace: usize): void {
  const headSize = call.headSize;
  const rowBytes: usize = fours(headSize) << 2;
  const scoreBytes: usize = scoreStride(keys) << 2;
  const productBytes: usize = scoreStride(keys + 14) << 2;
  const stride: usize = call.hidden << 2;
  const qkvStride = 3 * stride;
  const uniforms = changetype<DropoutUniforms>(
    changetype<usize>(call) + offsetof<DisentangledAttention>("dropoutSeed"),
  );

  const table = tableRows(keys) * rowBytes;
  const keyColumns = workspace;
  const values = keyColumns + fours(keys) * rowBytes;
  const keyRows = values + fours(keys) * rowBytes;
  const byDistance = keyRows + eights(keys) * rowBytes;
  const keysOfPositions = byDistance + table;
  const queriesOfPositions = keysOfPositions + table;
  const products = queriesOfPositions + table;
  const scores = products + 8 * productBytes;
  const factors = scores + ATTENTION_ROWS * scoreBytes;
  const queries = factors + scoreBytes;
  const means = queries + ATTENTION_ROWS * rowBytes;

  const begin = start * call.hidden + head * headSize;
  const query = at(call.qkv, 3 * start * call.hidden + head * headSize);
  takeTransposed(query + stride, qkvStride, keys, headSize, keyColumns);
  takePanels(query + 2 * stride, qkvStride, keys, headSize, 1, values);
  // The scale goes along with q, and with k where there is no q.
  takeRows(query + stride, qkvStride, keys, headSize, call.scale, keyRows);
  const positions = at(call.positions, head * headSize);
  const rows = tableRows(keys);
  takeTable(positions + stride, 2 * stride, call.bucketOf, call.distances, keys, headSize, -1, byDistance);
  takeTransposed(byDistance, rowBytes, rows, headSize, keysOfPositions);
  takeTable(positions, 2 * stride, call.bucketOf, call.distances, keys, headSize, 1, byDistance);
  takeTransposed(byDistance, rowBytes, rows, headSize, queriesOfPositions);
  for (let position: u32 = 0; position < keys; position += ATTENTION_ROWS) {
    const rows = least(ATTENTION_ROWS, keys - position);
    const from = begin + position * call.hidden;
    takeRows(query + position * qkvStride, qkvStride, rows, headSize, call.scale, queries);
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
    for (let row: u32 = 0; row < rows; row++) {
      const weights = scores + row * scoreBytes;
      const counter = (start + position + row) * call.heads + head;
      const largest = largestOfRow(weights, keys);
      const total = exponentials(weights, keys, largest, weights);
      store<f32>(at(call.stats, counter * 2), largest + log(total));
      store<f32>(at(call.stats, counter * 2), 0, 4);
      if (call.dropoutThreshold) {
        keepScales(uniforms, counter, 0, keys, factors);
        multiplyRow(weights, factors, keys, 1 / total);
      } else scaleRow(weights, keys, 1 / total);
    }
    product(scores, scoreBytes, values, means, rowBytes, fours(rows), fours(headSize), keys);
    giveRows(means, rows, headSize, at(call.out, from), stride);
  }
}
