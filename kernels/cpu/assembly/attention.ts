/**
 * Maths   s = scale * q · kᵀ, p = softmax(s), out = (keep * p) · v, stats = logsumexp(s), 0: for each head
 * Task    a head of the sequences that begin in ATTENTION_BLOCK rows: bounds are data, so no pass can count sequences
 * Why     scores of ATTENTION_ROWS queries and all keys stay in the cache, which makes of both sums matrix products
 *         and leaves nothing to correct, as a running maximum does; with a window only the keys around them are taken
 */

import { ATTENTION_BLOCK, ATTENTION_ROWS } from "../partition";
import {
  clearAround,
  endOfWindow,
  firstInWindow,
  fours,
  giveRows,
  scoreStride,
  takePanels,
  takeRows,
  takeTransposed,
} from "./head_rows";
import { log } from "./log";
import { DropoutUniforms, keepScales } from "./philox";
import { exponentials, largestOfRow, multiplyRow, scaleRow } from "./row_softmax";
import { at, least } from "./simd";
import { product } from "./small_matrix";

@unmanaged
class Attention {
  qkv: usize;
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
  window: u32;
  dropoutSeed: u32;
  dropoutMicroBatch: u32;
  dropoutStep: u32;
  dropoutSite: u32;
  dropoutThreshold: u32;
  dropoutScale: f32;
}

export function attention(call: Attention, task: u32, thread: u32): void {
  const columns = scoreStride(call.tokens);
  const size = fours(call.headSize);
  const share = columns * (2 * size + ATTENTION_ROWS + 1) + 2 * ATTENTION_ROWS * size;
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
function attend(call: Attention, head: u32, start: u32, keys: u32, workspace: usize): void {
  const headSize = call.headSize;
  const rowBytes: usize = fours(headSize) << 2;
  const scoreBytes: usize = scoreStride(keys) << 2;
  const stride: usize = call.hidden << 2;
  const qkvStride = 3 * stride;
  const uniforms = changetype<DropoutUniforms>(changetype<usize>(call) + offsetof<Attention>("dropoutSeed"));

  const keyColumns = workspace;
  const values = keyColumns + fours(keys) * rowBytes;
  const scores = values + fours(keys) * rowBytes;
  const factors = scores + ATTENTION_ROWS * scoreBytes;
  const queries = factors + scoreBytes;
  const means = queries + ATTENTION_ROWS * rowBytes;

  const begin = start * call.hidden + head * headSize;
  const query = at(call.qkv, 3 * start * call.hidden + head * headSize);
  const window = call.window;
  // The keys that the rows of a tile see: all, or those in the window of one of them.
  let seen = keys, firstSeen: u32 = 0;
  for (let position: u32 = 0; position < keys; position += ATTENTION_ROWS) {
    const rows = least(ATTENTION_ROWS, keys - position);
    if (window) {
      firstSeen = firstInWindow(position, window);
      seen = endOfWindow(position + rows, window, keys) - firstSeen;
    }
    if (window || position == 0) {
      const key = query + stride + firstSeen * qkvStride;
      takeTransposed(key, qkvStride, seen, headSize, keyColumns);
      takePanels(key + stride, qkvStride, seen, headSize, 1, values);
    }
    const from = begin + position * call.hidden;
    takeRows(query + position * qkvStride, qkvStride, rows, headSize, call.scale, queries);
    product(queries, rowBytes, keyColumns, scores, scoreBytes, fours(rows), fours(seen), headSize);
    for (let row: u32 = 0; row < rows; row++) {
      const weights = scores + row * scoreBytes;
      const counter = (start + position + row) * call.heads + head;
      let own = weights, ownKeys = seen;
      if (window) {
        const at = position + row - firstSeen;
        const before = least(at, window);
        own += <usize> (at - before) << 2;
        ownKeys = least(before + 1 + window, seen - (at - before));
      }
      const largest = largestOfRow(own, ownKeys);
      const total = exponentials(own, ownKeys, largest, own);
      if (window) clearAround(weights, seen, own, ownKeys);
      store<f32>(at(call.stats, counter * 2), largest + log(total));
      store<f32>(at(call.stats, counter * 2), 0, 4);
      if (call.dropoutThreshold) {
        keepScales(uniforms, counter, firstSeen, seen, factors);
        multiplyRow(weights, factors, seen, 1 / total);
      } else scaleRow(weights, seen, 1 / total);
    }
    product(scores, scoreBytes, values, means, rowBytes, fours(rows), fours(headSize), seen);
    giveRows(means, rows, headSize, at(call.out, from), stride);
  }
}
