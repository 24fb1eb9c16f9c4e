/**
 * Maths   h = keepScale * x + residual, y = (h - mean(h)) * rstd * gamma + beta, rstd = 1 / sqrt(var(h) + epsilon)
 * Task    LAYER_NORM_ROWS rows
 * Paper   Ba, Kiros and Hinton 2016, arXiv:1607.06450; variance: Chan, Golub and LeVeque 1983
 * Why     each buffer passes through memory once: h is written where it has to go (to y when nobody keeps it) and read
 *         again from the first cache. Two loops, because the one-pass variance loses digits when |mean| is large, and
 *         the sum of deviations corrects the mean for the same reason
 */

import { LAYER_NORM_ROWS } from "../partition";
import { firstLanes, padded, storeFirst, sumOf } from "./lanes";
import { DropoutUniforms, keepScales } from "./philox";
import { at, least, multiplyAdd } from "./simd";

@unmanaged
class LayerNorm {
  x: usize;
  residual: usize;
  gamma: usize;
  beta: usize;
  y: usize;
  sum: usize;
  stats: usize;
  /** Of each thread: the keep scales of a row. */
  factors: usize;
  rows: u32;
  hidden: u32;
  epsilon: f32;
  dropoutSeed: u32;
  dropoutMicroBatch: u32;
  dropoutStep: u32;
  dropoutSite: u32;
  dropoutThreshold: u32;
  dropoutScale: f32;
}

export function layerNorm(call: LayerNorm, task: u32, thread: u32): void {
  const hidden = call.hidden, share: f32 = 1 / <f32> hidden;
  const dropout = changetype<DropoutUniforms>(changetype<usize>(call) + offsetof<LayerNorm>("dropoutSeed"));
  const factors = call.dropoutThreshold ? at(call.factors, thread * padded(hidden)) : 0;
  const end = least((task + 1) * LAYER_NORM_ROWS, call.rows);
  for (let row = task * LAYER_NORM_ROWS; row < end; row++) {
    const start = row * hidden;
    const h = at(call.sum ? call.sum : call.y, start);
    const residual = call.residual ? at(call.residual, start) : 0;
    if (factors) keepScales(dropout, row, 0, hidden, factors);
    const roughMean = join(at(call.x, start), factors, residual, h, hidden) * share;

    const roughMeans = f32x4.splat(roughMean);
    let deviations = f32x4.splat(0), moreDeviations = deviations;
    let squares = deviations, moreSquares = deviations;
    let c: u32 = 0;
    for (; c + 8 <= hidden; c += 8) {
      const deviation = f32x4.sub(v128.load(at(h, c)), roughMeans);
      const next = f32x4.sub(v128.load(at(h, c), 16), roughMeans);
      deviations = f32x4.add(deviations, deviation);
      squares = multiplyAdd(deviation, deviation, squares);
      moreDeviations = f32x4.add(moreDeviations, next);
      moreSquares = multiplyAdd(next, next, moreSquares);
    }
    for (; c < hidden; c += 4) {
      const deviation = v128.and(f32x4.sub(v128.load(at(h, c)), roughMeans), firstLanes(hidden - c));
      deviations = f32x4.add(deviations, deviation);
      squares = multiplyAdd(deviation, deviation, squares);
    }
    const correction = sumOf(f32x4.add(deviations, moreDeviations)) * share;
    const variance = sumOf(f32x4.add(squares, moreSquares)) * share - correction * correction;
    const mean = roughMean + correction, rstd: f32 = 1 / sqrt<f32>(max<f32>(variance, 0) + call.epsilon);

    normalise(h, f32x4.splat(mean), f32x4.splat(rstd), call, at(call.y, start));
    if (call.stats) {
      store<f32>(at(call.stats, row * 2), mean);
      store<f32>(at(call.stats, row * 2), rstd, 4);
    }
  }
}

/** Writes keepScale * x + residual to `h`, without those that are absent (0), and returns its sum. */
function join(x: usize, factors: usize, residual: usize, h: usize, columns: u32): f32 {
  let sum = f32x4.splat(0), moreSums = sum;
  let c: u32 = 0;
  for (; c + 8 <= columns; c += 8) {
    let value = v128.load(at(x, c)), next = v128.load(at(x, c), 16);
    if (factors) {
      value = f32x4.mul(value, v128.load(at(factors, c)));
      next = f32x4.mul(next, v128.load(at(factors, c), 16));
    }
    if (residual) {
      value = f32x4.add(value, v128.load(at(residual, c)));
      next = f32x4.add(next, v128.load(at(residual, c), 16));
    }
    v128.store(at(h, c), value);
    v128.store(at(h, c), next, 16);
    sum = f32x4.add(sum, value);
    moreSums = f32x4.add(moreSums, next);
  }
  for (; c < columns; c += 4) {
    let value = v128.load(at(x, c));
    if (factors) value = f32x4.mul(value, v128.load(at(factors, c)));
    if (residual) value = f32x4.add(value, v128.load(at(residual, c)));
    storeFirst(at(h, c), value, columns - c);
    sum = f32x4.add(sum, v128.and(value, firstLanes(columns - c)));
  }
  return sumOf(f32x4.add(sum, moreSums));
}

/** Writes (h - mean) * rstd * gamma + beta to `y`, without beta where that is absent (0). */
// @ts-ignore: decorator
@inline
function normalise(h: usize, mean: v128, rstd: v128, call: LayerNorm, y: usize): void {
  const gamma = call.gamma, beta = call.beta, hidden = call.hidden;
  let c: u32 = 0;
  for (; c + 8 <= hidden; c += 8) {
    const xhat = f32x4.mul(f32x4.sub(v128.load(at(h, c)), mean), rstd);
    const next = f32x4.mul(f32x4.sub(v128.load(at(h, c), 16), mean), rstd);
    const shift = beta ? v128.load(at(beta, c)) : f32x4.splat(0);
    const nextShift = beta ? v128.load(at(beta, c), 16) : f32x4.splat(0);
    v128.store(at(y, c), multiplyAdd(xhat, v128.load(at(gamma, c)), shift));
    v128.store(at(y, c), multiplyAdd(next, v128.load(at(gamma, c), 16), nextShift), 16);
  }
  for (; c < hidden; c += 4) {
    const xhat = f32x4.mul(f32x4.sub(v128.load(at(h, c)), mean), rstd);
    const shift = beta ? v128.load(at(beta, c)) : f32x4.splat(0);
    storeFirst(at(y, c), multiplyAdd(xhat, v128.load(at(gamma, c)), shift), hidden - c);
  }
}
