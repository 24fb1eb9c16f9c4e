/**
 * Maths   xhat = (sum - mean) * rstd, g = dY * gamma, dH = rstd * (g - mean(g) - xhat * mean(g * xhat))
 *         dX = keepScale * dH, dResidual = dH; each + what was there when its accumulate constant is 1
 *         dGamma += sum over rows of dY * xhat, dBeta += sum over rows of dY
 * Task    layerNormBackward: LAYER_NORM_ROWS rows, whose sums for dGamma and dBeta become two rows of partial sums;
 *         layerNormBackwardParameters: SUM_COLUMNS columns of all partial sums
 * Paper   Ba, Kiros and Hinton 2016, arXiv:1607.06450
 * Why     dY and sum pass through memory once, for the gradients of rows and parameters alike; the second loop over a
 *         row reads the first cache. The mask is drawn again, so that it need not be stored
 */

import { LAYER_NORM_ROWS, SUM_COLUMNS } from "../partition";
import { firstLanes, padded, storeFirst, sumOf } from "./lanes";
import { DropoutUniforms, keepScales } from "./philox";
import { sumRows } from "./rows";
import { at, least, multiplyAdd } from "./simd";

@unmanaged
class LayerNormBackward {
  dY: usize;
  sum: usize;
  stats: usize;
  gamma: usize;
  dX: usize;
  dResidual: usize;
  dGamma: usize;
  dBeta: usize;
  /** Of each thread: the keep scales of a row. */
  factors: usize;
  /** Of each task: sums for dGamma, then for dBeta. */
  partials: usize;
  rows: u32;
  hidden: u32;
  epsilon: f32;
  dropoutSeed: u32;
  dropoutMicroBatch: u32;
  dropoutStep: u32;
  dropoutSite: u32;
  dropoutThreshold: u32;
  dropoutScale: f32;
  accumulateX: u32;
  accumulateResidual: u32;
}

export function layerNormBackward(call: LayerNormBackward, task: u32, thread: u32): void {
  const hidden = call.hidden, width = padded(hidden);
  const dropout = changetype<DropoutUniforms>(
    changetype<usize>(call) + offsetof<LayerNormBackward>("dropoutSeed"),
  );
  const factors = call.dX && call.dropoutThreshold ? at(call.factors, thread * width) : 0;
  const gammaSums = at(call.partials, task * 2 * width), betaSums = at(gammaSums, width);
  memory.fill(gammaSums, 0, <usize> width << 3);
  const end = least((task + 1) * LAYER_NORM_ROWS, call.rows);
  for (let row = task * LAYER_NORM_ROWS; row < end; row++) {
    const start = row * hidden;
    const dY = at(call.dY, start), sum = at(call.sum, start), stats = at(call.stats, row * 2);
    const mean = v128.load32_splat(stats), rstd = v128.load32_splat(stats, 4);

    let gs = f32x4.splat(0), products = gs;
    for (let c: u32 = 0; c < hidden; c += 4) {
      const inside = firstLanes(hidden - c);
      const upstream = v128.and(v128.load(at(dY, c)), inside);
      const xhat = f32x4.mul(f32x4.sub(v128.load(at(sum, c)), mean), rstd);
      const product = v128.and(f32x4.mul(upstream, xhat), inside);
      const gamma = v128.and(v128.load(at(call.gamma, c)), inside);
      gs = multiplyAdd(upstream, gamma, gs);
      products = multiplyAdd(product, gamma, products);
      v128.store(at(gammaSums, c), f32x4.add(v128.load(at(gammaSums, c)), product));
      v128.store(at(betaSums, c), f32x4.add(v128.load(at(betaSums, c)), upstream));
    }
    if (!call.dX && !call.dResidual) continue;

    if (factors) keepScales(dropout, row, 0, hidden, factors);
    const meanG = f32x4.splat(sumOf(gs) / <f32> hidden), meanProduct = f32x4.splat(sumOf(products) / <f32> hidden);
    const dX = call.dX ? at(call.dX, start) : 0, dResidual = call.dResidual ? at(call.dResidual, start) : 0;
    for (let c: u32 = 0; c < hidden; c += 4) {
      const xhat = f32x4.mul(f32x4.sub(v128.load(at(sum, c)), mean), rstd);
      const centred = f32x4.sub(f32x4.mul(v128.load(at(dY, c)), v128.load(at(call.gamma, c))), meanG);
      const dH = f32x4.mul(rstd, f32x4.sub(centred, f32x4.mul(xhat, meanProduct)));
      if (dX) {
        const kept = factors ? f32x4.mul(v128.load(at(factors, c)), dH) : dH;
        storeGradient(at(dX, c), kept, call.accumulateX, hidden - c);
      }
      if (dResidual) storeGradient(at(dResidual, c), dH, call.accumulateResidual, hidden - c);
    }
  }
}

export function layerNormBackwardParameters(call: LayerNormBackward, task: u32, _thread: u32): void {
  const column = task * SUM_COLUMNS, columns = least(SUM_COLUMNS, call.hidden - column);
  const blocks = (call.rows + LAYER_NORM_ROWS - 1) / LAYER_NORM_ROWS, width = padded(call.hidden);
  const gammaSums = at(call.partials, column), betaSums = at(gammaSums, width);
  if (call.dGamma) sumRows(gammaSums, 2 * width, blocks, columns, at(call.dGamma, column), true);
  if (call.dBeta) sumRows(betaSums, 2 * width, blocks, columns, at(call.dBeta, column), true);
}

/** Writes the first `count` lanes, or adds them to what was there. */
// @ts-ignore: decorator
@inline
function storeGradient(address: usize, gradient: v128, accumulate: u32, count: u32): void {
  storeFirst(address, accumulate ? f32x4.add(v128.load(address), gradient) : gradient, count);
}
