/**
 * Maths   with a = logits / T and b = targets / T, each less its maximum:
 *         klDivergence: losses = sum_c softmax(b)_c (b_c - a_c) + log sum exp a - log sum exp b
 *         klDivergenceGradient: dLogits = scale / T * (softmax(a) - softmax(b))
 * Task    rows of about LOGITS logits
 * Paper   Hinton, Vinyals and Dean 2015, arXiv:1503.02531
 */

import { LOGITS } from "../partition";
import { exp4 } from "./exp";
import { firstLanes, storeFirst, sumOf } from "./lanes";
import { log } from "./log";
import { largestOfRow } from "./row_softmax";
import { at, least } from "./simd";

@unmanaged
class KlDivergence {
  logits: usize;
  targets: usize;
  stats: usize;
  losses: usize;
  rows: u32;
  columns: u32;
  temperature: f32;
}

@unmanaged
class KlDivergenceGradient {
  logits: usize;
  targets: usize;
  stats: usize;
  dLogits: usize;
  /** Scale of the loss and more; 0 where the loss is not scaled. */
  scaling: usize;
  rows: u32;
  columns: u32;
  temperature: f32;
  scale: f32;
}

export function klDivergence(call: KlDivergence, task: u32, _thread: u32): void {
  const columns = call.columns, rows = max<u32>(1, LOGITS / columns);
  const end = least((task + 1) * rows, call.rows);
  const temperature = f32x4.splat(call.temperature);
  for (let row = task * rows; row < end; row++) {
    const logits = at(call.logits, row * columns), targets = at(call.targets, row * columns);
    const largestA = largestOfRow(logits, columns) / call.temperature;
    const largestB = largestOfRow(targets, columns) / call.temperature;
    let sumsA = f32x4.splat(0), sumsB = sumsA, differences = sumsA;
    for (let c: u32 = 0; c < columns; c += 4) {
      const a = f32x4.sub(f32x4.div(v128.load(at(logits, c)), temperature), f32x4.splat(largestA));
      const b = f32x4.sub(f32x4.div(v128.load(at(targets, c)), temperature), f32x4.splat(largestB));
      const inside = firstLanes(columns - c);
      const expA = exp4(a), expB = exp4(b);
      sumsA = f32x4.add(sumsA, v128.and(expA, inside));
      sumsB = f32x4.add(sumsB, v128.and(expB, inside));
      differences = f32x4.add(differences, v128.and(f32x4.mul(expB, f32x4.sub(b, a)), inside));
    }
    const sumA = sumOf(sumsA), sumB = sumOf(sumsB), stats = at(call.stats, row * 4);
    store<f32>(stats, largestA);
    store<f32>(stats, sumA, 4);
    store<f32>(stats, largestB, 8);
    store<f32>(stats, sumB, 12);
    store<f32>(at(call.losses, row), sumOf(differences) / sumB + log(sumA) - log(sumB));
  }
}

export function klDivergenceGradient(call: KlDivergenceGradient, task: u32, _thread: u32): void {
  const columns = call.columns, rows = max<u32>(1, LOGITS / columns);
  const end = least((task + 1) * rows, call.rows);
  const temperature = f32x4.splat(call.temperature);
  let scale = call.scale / call.temperature;
  if (call.scaling != 0) scale *= load<f32>(call.scaling);
  for (let row = task * rows; row < end; row++) {
    const logits = at(call.logits, row * columns), targets = at(call.targets, row * columns);
    const dLogits = at(call.dLogits, row * columns), stats = at(call.stats, row * 4);
    const largestA = v128.load32_splat(stats), factorA = f32x4.splat(scale / load<f32>(stats, 4));
    const largestB = v128.load32_splat(stats, 8), factorB = f32x4.splat(scale / load<f32>(stats, 12));
    for (let c: u32 = 0; c < columns; c += 4) {
      const a = f32x4.div(v128.load(at(logits, c)), temperature);
      const b = f32x4.div(v128.load(at(targets, c)), temperature);
      const given = f32x4.mul(factorA, exp4(f32x4.sub(a, largestA)));
      const wanted = f32x4.mul(factorB, exp4(f32x4.sub(b, largestB)));
      storeFirst(at(dLogits, c), f32x4.sub(given, wanted), columns - c);
    }
  }
}
