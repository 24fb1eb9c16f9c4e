/**
 * Maths   p = exp(s - logsumexp), dP = dOut · vᵀ, delta = rowsum(dOut * out), dS = p * (keep * dP - delta)
 *         dv = (keep * p)ᵀ · dOut, dq = scale * dS · k, dk = scale * dSᵀ · q: for each head
 * Task    as in attention.ts: all gradients of a head of a sequence have one owner, so nothing is computed twice
 * Paper   Dao 2023, arXiv:2307.08691, where queries and keys have an owner each, who compute the scores twice
 */

import { ATTENTION_BLOCK, ATTENTION_ROWS } from "../partition";
import {
  clearAround,
  dotRow,
  endOfWindow,
  firstInWindow,
  fours,
  giveRows,
  scoreStride,
  takePanels,
  takeRows,
  takeTransposed,
} from "./head_rows";
import { DropoutUniforms, keepScales } from "./philox";
import { scoreGradients } from "./row_softmax";
import { at, least } from "./simd";
import { product, productTransposed } from "./small_matrix";

@unmanaged
class AttentionBackward {
  qkv: usize;
  out: usize;
  dOut: usize;
  bounds: usize;
  stats: usize;
  dQkv: usize;
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

export function attentionBackward(call: AttentionBackward, task: u32, thread: u32): void {
  const columns = scoreStride(call.tokens);
  const size = fours(call.headSize);
  const share = columns * (5 * size + 2 * ATTENTION_ROWS + 1) + 3 * ATTENTION_ROWS * size;
  const workspace = at(call.workspace, thread * share);
  const first = task / call.heads * ATTENTION_BLOCK;
  const last = least(first + ATTENTION_BLOCK, call.tokens);
  for (let row = first; row < last;) {
    const start = load<u32>(at(call.bounds, row * 2));
    const end = load<u32>(at(call.bounds, row * 2), 4);
    if (start == row) attendBackward(call, task % call.heads, start, end - start, workspace);
    row = max(end, row + 1);
  }
}

/** One head of the sequence of `keys` tokens from row `start` on. */
function attendBackward(
  call: AttentionBackward,
  head: u32,
  start: u32,
  keys: u32,
  workspace: usize,
): void {
  const headSize = call.headSize;
  const rowBytes: usize = fours(headSize) << 2;
  const scoreBytes: usize = scoreStride(keys) << 2;
  const stride: usize = call.hidden << 2;
  const qkvStride = 3 * stride;
  const uniforms = changetype<DropoutUniforms>(
    changetype<usize>(call) + offsetof<AttentionBackward>("dropoutSeed"),
  );

  const matrix = fours(keys) * rowBytes;
  const keyColumns = workspace;
  const valueColumns = keyColumns + matrix;
  const scaledKeys = valueColumns + matrix;
  const dKeys = scaledKeys + matrix;
  const dValues = dKeys + matrix;
  const scores = dValues + matrix;
  const dScores = scores + ATTENTION_ROWS * scoreBytes;
  const factors = dScores + ATTENTION_ROWS * scoreBytes;
  const queries = factors + scoreBytes;
  const dOuts = queries + ATTENTION_ROWS * rowBytes;
  const dQueries = dOuts + ATTENTION_ROWS * rowBytes;

  const begin = start * call.hidden + head * headSize;
  const query = at(call.qkv, 3 * start * call.hidden + head * headSize);
  const dQuery = query - call.qkv + call.dQkv;
  memory.fill(dKeys, 0, matrix * 2);
  // Without dropout the factors are the same for all rows.
  keepScales(uniforms, 0, 0, keys, factors);
  const window = call.window;
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
      takeTransposed(key + stride, qkvStride, seen, headSize, valueColumns);
      // The scale goes along with q into the scores and dKey, and with k into dQuery.
      takePanels(key, qkvStride, seen, headSize, call.scale, scaledKeys);
    }
    const from = begin + position * call.hidden;
    takeRows(query + position * qkvStride, qkvStride, rows, headSize, call.scale, queries);
    takeRows(at(call.dOut, from), stride, rows, headSize, 1, dOuts);
    product(queries, rowBytes, keyColumns, scores, scoreBytes, fours(rows), fours(seen), headSize);
    product(dOuts, rowBytes, valueColumns, dScores, scoreBytes, fours(rows), fours(seen), headSize);
    for (let row: u32 = 0; row < rows; row++) {
      const weights = scores + row * scoreBytes;
      const counter = (start + position + row) * call.heads + head;
      const delta = dotRow(dOuts + row * rowBytes, at(call.out, from + row * call.hidden), headSize);
      const stats = at(call.stats, counter * 2);
      store<f32>(stats, delta, 4);
      if (call.dropoutThreshold) keepScales(uniforms, counter, firstSeen, seen, factors);
      const dWeights = dScores + row * scoreBytes;
      scoreGradients(weights, dWeights, factors, seen, load<f32>(stats), delta);
      if (window) {
        const at = position + row - firstSeen;
        const before = least(at, window);
        const own = <usize> (at - before) << 2, ownKeys = least(before + 1 + window, seen - (at - before));
        clearAround(weights, seen, weights + own, ownKeys);
        clearAround(dWeights, seen, dWeights + own, ownKeys);
      }
    }
    product(dScores, scoreBytes, scaledKeys, dQueries, rowBytes, fours(rows), fours(headSize), seen);
    const skipped = firstSeen * rowBytes;
    productTransposed(dScores, scoreBytes, queries, rowBytes, dKeys + skipped, fours(seen), fours(headSize), rows);
    productTransposed(scores, scoreBytes, dOuts, rowBytes, dValues + skipped, fours(seen), fours(headSize), rows);
    giveRows(dQueries, rows, headSize, dQuery + position * qkvStride, qkvStride);
  }
  giveRows(dKeys, keys, headSize, dQuery + stride, qkvStride);
  giveRows(dValues, keys, headSize, dQuery + 2 * stride, qkvStride);
}
