/**
 * Maths   crossEntropyStats: max' = max(max, x), sum' = sum exp(max - max') + sum_c exp(x_c - max'), target = x_label
 *         crossEntropyLoss: loss += scale * sum over rows with label >= 0 of (max + log(sum) - target)
 *         crossEntropyGradient: dLogits = scale * (exp(x - max) / sum - [column = label]), 0 where label < 0
 * Task    rows of about LOGITS logits; the loss has one
 * Paper   Milakov and Gimelshein 2018, arXiv:1805.02867 (online softmax)
 * Why     the maximum moves on after a stretch that lies in the first cache, so a row of any length passes through
 *         memory once
 */

import { LOGITS } from "../partition";
import { exp4 } from "./exp";
import { firstLanes, storeFirst, sumOf } from "./lanes";
import { log } from "./log";
import { largestOfRow } from "./row_softmax";
import { at, least } from "./simd";

/** Columns whose maximum is taken before their exponentials: 8 KiB. */
const STRETCH: u32 = 2048;

@unmanaged
class CrossEntropyStats {
  logits: usize;
  labels: usize;
  stats: usize;
  rows: u32;
  columns: u32;
  firstColumn: u32;
  first: u32;
}

@unmanaged
class CrossEntropyLoss {
  stats: usize;
  labels: usize;
  loss: usize;
  rows: u32;
  scale: f32;
}

@unmanaged
class CrossEntropyGradient {
  logits: usize;
  labels: usize;
  stats: usize;
  dLogits: usize;
  /** Scale of the loss and more; 0 where the loss is not scaled. */
  scaling: usize;
  rows: u32;
  columns: u32;
  firstColumn: u32;
  scale: f32;
}

export function crossEntropyStats(call: CrossEntropyStats, task: u32, _thread: u32): void {
  const columns = call.columns, rows = max<u32>(1, LOGITS / columns);
  const end = least((task + 1) * rows, call.rows);
  for (let row = task * rows; row < end; row++) {
    const logits = at(call.logits, row * columns), stats = at(call.stats, row * 3);
    let largest = call.first ? -f32.MAX_VALUE : load<f32>(stats);
    let sum: f32 = call.first ? 0 : load<f32>(stats, 4);
    for (let c: u32 = 0; c < columns; c += STRETCH) {
      const stretch = at(logits, c), width = least(STRETCH, columns - c);
      const before = largest;
      largest = max<f32>(before, largestOfRow(stretch, width));
      if (largest != before) sum *= f32x4.extract_lane(exp4(f32x4.splat(before - largest)), 0);
      sum += sumOfExponentials(stretch, width, largest);
    }
    store<f32>(stats, largest);
    store<f32>(stats, sum, 4);
    const column = columnOf(load<i32>(at(call.labels, row)), call.firstColumn);
    if (column < columns) store<f32>(stats, load<f32>(at(logits, column)), 8);
  }
}

export function crossEntropyLoss(call: CrossEntropyLoss, _task: u32, _thread: u32): void {
  let sum: f64 = 0;
  for (let row: u32 = 0; row < call.rows; row++) {
    if (load<i32>(at(call.labels, row)) < 0) continue;
    const stats = at(call.stats, row * 3);
    sum += <f64> load<f32>(stats) - <f64> load<f32>(stats, 8) + <f64> log(load<f32>(stats, 4));
  }
  store<f32>(call.loss, <f32> (<f64> load<f32>(call.loss) + <f64> call.scale * sum));
}

export function crossEntropyGradient(call: CrossEntropyGradient, task: u32, _thread: u32): void {
  const columns = call.columns, rows = max<u32>(1, LOGITS / columns);
  const end = least((task + 1) * rows, call.rows);
  const scale = call.scaling != 0 ? call.scale * load<f32>(call.scaling) : call.scale;
  for (let row = task * rows; row < end; row++) {
    const logits = at(call.logits, row * columns), dLogits = at(call.dLogits, row * columns);
    const label = load<i32>(at(call.labels, row)), stats = at(call.stats, row * 3);
    if (label < 0) {
      memory.fill(dLogits, 0, <usize> columns << 2);
      continue;
    }
    const largest = v128.load32_splat(stats), factor = f32x4.splat(scale / load<f32>(stats, 4));
    for (let c: u32 = 0; c < columns; c += 4) {
      const exponential = exp4(f32x4.sub(v128.load(at(logits, c)), largest));
      storeFirst(at(dLogits, c), f32x4.mul(factor, exponential), columns - c);
    }
    const column = columnOf(label, call.firstColumn);
    if (column < columns) {
      const target = at(dLogits, column);
      store<f32>(target, load<f32>(target) - scale);
    }
  }
}

/** The column of a label within its chunk, or a number above all columns. */
// @ts-ignore: decorator
@inline
function columnOf(label: i32, firstColumn: u32): u32 {
  return label < 0 ? u32.MAX_VALUE : <u32> label - firstColumn;
}

function sumOfExponentials(x: usize, count: u32, largest: f32): f32 {
  const largest4 = f32x4.splat(largest);
  let sum = f32x4.splat(0), next = sum;
  let c: u32 = 0;
  for (; c + 8 <= count; c += 8) {
    sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(at(x, c)), largest4)));
    next = f32x4.add(next, exp4(f32x4.sub(v128.load(at(x, c), 16), largest4)));
  }
  for (; c < count; c += 4) {
    const exponential = exp4(f32x4.sub(v128.load(at(x, c)), largest4));
    sum = f32x4.add(sum, v128.and(exponential, firstLanes(count - c)));
  }
  return sumOf(f32x4.add(sum, next));
}
