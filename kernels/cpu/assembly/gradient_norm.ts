/**
 * Maths   gradientNorm: partials[b] = sum of gradients^2 over block b; gradientNormTotal: sums[slot] = sum of partials
 *         gradientClip: norm = sqrt(sum of sums) / scale, factor = min(1, maxNorm / (norm + 1e-6)) / scale, 1 / scale
 *         where maxNorm is 0; the scale of the loss is halved, at least 1, where the norm is not finite, and doubled, at
 *         most 2^24, after 2,000 steps where it is
 * Task    gradientNorm: ELEMENTS elements; the others have one
 * Paper   Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063; Micikevicius et al. 2018, arXiv:1710.03740
 * Why     sums are float64: squares of millions of small gradients neither vanish beside a large one nor overflow.
 *         What is not finite stays so down to the bit test of gradientClip
 */

import { ELEMENTS } from "../partition";
import { at, least } from "./simd";

const MOST_SCALE: f32 = 16777216;
const STEPS_TO_DOUBLE: f32 = 2000;

@unmanaged
class GradientNorm {
  gradients: usize;
  sums: usize;
  /** Of each task: a float64. */
  partials: usize;
  count: u32;
  slot: u32;
  slots: u32;
}

@unmanaged
class GradientClip {
  sums: usize;
  state: usize;
  /** Scale of the loss, good steps in a row, skipped steps; 0 where the loss is not scaled. */
  scaling: usize;
  slots: u32;
  maxNorm: f32;
}

export function gradientNorm(call: GradientNorm, task: u32, _thread: u32): void {
  const first = task * ELEMENTS, end = at(call.gradients, least(first + ELEMENTS, call.count));
  let gradient = at(call.gradients, first);
  let low = f64x2.splat(0), high = low, nextLow = low, nextHigh = low;
  for (; gradient + 32 <= end; gradient += 32) {
    low = f64x2.add(low, squareLow(v128.load(gradient)));
    high = f64x2.add(high, squareHigh(v128.load(gradient)));
    nextLow = f64x2.add(nextLow, squareLow(v128.load(gradient, 16)));
    nextHigh = f64x2.add(nextHigh, squareHigh(v128.load(gradient, 16)));
  }
  if (gradient < end) {
    low = f64x2.add(low, squareLow(v128.load(gradient)));
    high = f64x2.add(high, squareHigh(v128.load(gradient)));
  }
  const sum = f64x2.add(f64x2.add(low, high), f64x2.add(nextLow, nextHigh));
  store<f64>(call.partials + (<usize> task << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

export function gradientNormTotal(call: GradientNorm, _task: u32, _thread: u32): void {
  const blocks = (call.count + ELEMENTS - 1) / ELEMENTS;
  let sum: f64 = 0;
  for (let block: u32 = 0; block < blocks; block++) sum += load<f64>(call.partials + (<usize> block << 3));
  store<f32>(at(call.sums, call.slot), <f32> sum);
}

export function gradientClip(call: GradientClip, _task: u32, _thread: u32): void {
  let sum: f64 = 0;
  for (let slot: u32 = 0; slot < call.slots; slot++) sum += load<f32>(at(call.sums, slot));
  const scaling = call.scaling, scale: f32 = scaling != 0 ? load<f32>(scaling) : 1;
  const norm = <f32> sqrt<f64>(sum) / scale;
  const finite = (reinterpret<u32>(<f32> sum) & 0x7f800000) != 0x7f800000;
  store<f32>(call.state, norm);
  store<f32>(call.state, (call.maxNorm > 0 ? min<f32>(1, call.maxNorm / (norm + 1e-6)) : 1) / scale, 4);
  store<f32>(call.state, finite ? 0 : 1, 8);
  if (!finite && scale <= 1) store<f32>(call.state, load<f32>(call.state, 12) + 1, 12);
  if (scaling == 0) return;
  const good = load<f32>(scaling, 4) + 1;
  if (!finite) {
    store<f32>(scaling, max<f32>(1, scale / 2));
    store<f32>(scaling, 0, 4);
    if (scale > 1) store<f32>(scaling, load<f32>(scaling, 8) + 1, 8);
  } else if (good < STEPS_TO_DOUBLE) {
    store<f32>(scaling, good, 4);
  } else {
    store<f32>(scaling, min<f32>(MOST_SCALE, scale * 2));
    store<f32>(scaling, 0, 4);
  }
}

/** The squares of the first two lanes. */
// @ts-ignore: decorator
@inline
function squareLow(x: v128): v128 {
  const wide = f64x2.promote_low_f32x4(x);
  return f64x2.mul(wide, wide);
}

/** The squares of the last two lanes. */
// @ts-ignore: decorator
@inline
function squareHigh(x: v128): v128 {
  return squareLow(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}
