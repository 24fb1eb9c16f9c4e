/**
 * Maths   xhat = (sum - mean) * rstd, g = dY * gamma, dH = rstd * (g - mean(g) - xhat * mean(g * xhat))
 *         dX = keepScale * dH, dResidual = dH; each + what was there when its accumulate constant is 1
 *         dGamma += sum over rows of dY * xhat, dBeta += sum over rows of dY
 * Task    layerNormBackward: LAYER_NORM_ROWS rows, whose sums for dGamma and dBeta become two rows of partial sums;
 *         layerNormBackwardParameters: TOTAL_COLUMNS columns of all partial sums
 * Paper   Ba, Kiros and Hinton 2016, arXiv:1607.06450
 * Why     dY and sum pass through memory once, for the gradients of rows and parameters alike; the second loop over a
 *         row reads the first cache. The mask is drawn again, so that it need not be stored
 */

import { LAYER_NORM_ROWS, TOTAL_COLUMNS } from "../partition";
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
  const hidden = call.hidden, width = padded(hidden), gamma = call.gamma;
  const accumulateX = call.accumulateX, accumulateResidual = call.accumulateResidual;
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

    let gs = f32x4.splat(0), products = gs, moreGs = gs, moreProducts = gs;
    let c: u32 = 0;
    for (; c + 8 <= hidden; c += 8) {
      const from = at(dY, c), gammas = at(gamma, c), gammaSum = at(gammaSums, c), betaSum = at(betaSums, c);
      const upstream = v128.load(from), upstream2 = v128.load(from, 16);
      const product = f32x4.mul(upstream, normalised(at(sum, c), mean, rstd));
      const product2 = f32x4.mul(upstream2, normalised(at(sum, c) + 16, mean, rstd));
      gs = multiplyAdd(upstream, v128.load(gammas), gs);
      moreGs = multiplyAdd(upstream2, v128.load(gammas, 16), moreGs);
      products = multiplyAdd(product, v128.load(gammas), products);
      moreProducts = multiplyAdd(product2, v128.load(gammas, 16), moreProducts);
      v128.store(gammaSum, f32x4.add(v128.load(gammaSum), product));
      v128.store(gammaSum, f32x4.add(v128.load(gammaSum, 16), product2), 16);
      v128.store(betaSum, f32x4.add(v128.load(betaSum), upstream));
      v128.store(betaSum, f32x4.add(v128.load(betaSum, 16), upstream2), 16);
    }
    for (; c < hidden; c += 4) {
      const inside = firstLanes(hidden - c), gammaSum = at(gammaSums, c), betaSum = at(betaSums, c);
      const upstream = v128.load(at(dY, c)), gammas = v128.load(at(gamma, c));
      const product = f32x4.mul(upstream, normalised(at(sum, c), mean, rstd));
      gs = f32x4.add(gs, v128.and(f32x4.mul(upstream, gammas), inside));
      products = f32x4.add(products, v128.and(f32x4.mul(product, gammas), inside));
      v128.store(gammaSum, f32x4.add(v128.load(gammaSum), product));
      v128.store(betaSum, f32x4.add(v128.load(betaSum), upstream));
    }
    if (!call.dX && !call.dResidual) continue;

    if (factors) keepScales(dropout, row, 0, hidden, factors);
    const meanG = f32x4.splat(sumOf(f32x4.add(gs, moreGs)) / <f32> hidden);
    const meanProduct = f32x4.splat(sumOf(f32x4.add(products, moreProducts)) / <f32> hidden);
    const dX = call.dX ? at(call.dX, start) : 0, dResidual = call.dResidual ? at(call.dResidual, start) : 0;
    for (c = 0; c + 8 <= hidden; c += 8) {
      const from = at(dY, c), gammas = at(gamma, c), sums = at(sum, c);
      const xhat = normalised(sums, mean, rstd), xhat2 = normalised(sums + 16, mean, rstd);
      const dH = gradient(from, gammas, xhat, rstd, meanG, meanProduct);
      const dH2 = gradient(from + 16, gammas + 16, xhat2, rstd, meanG, meanProduct);
      if (dResidual) {
        storeGradient(at(dResidual, c), dH, accumulateResidual);
        storeGradient(at(dResidual, c) + 16, dH2, accumulateResidual);
      }
      if (dX) {
        storeGradient(at(dX, c), kept(dH, factors, c), accumulateX);
        storeGradient(at(dX, c) + 16, kept(dH2, factors, c + 4), accumulateX);
      }
    }
    for (; c < hidden; c += 4) {
      const xhat = normalised(at(sum, c), mean, rstd);
      const dH = gradient(at(dY, c), at(gamma, c), xhat, rstd, meanG, meanProduct);
      if (dResidual) storeGradient(at(dResidual, c), dH, accumulateResidual, hidden - c);
      if (dX) storeGradient(at(dX, c), kept(dH, factors, c), accumulateX, hidden - c);
    }
  }
}

export function layerNormBackwardParameters(call: LayerNormBackward, task: u32, _thread: u32): void {
  const column = task * TOTAL_COLUMNS, columns = least(TOTAL_COLUMNS, call.hidden - column);
  const blocks = (call.rows + LAYER_NORM_ROWS - 1) / LAYER_NORM_ROWS, width = padded(call.hidden);
  const gammaSums = at(call.partials, column), betaSums = at(gammaSums, width);
  if (call.dGamma) sumRows(gammaSums, 2 * width, blocks, columns, at(call.dGamma, column), true);
  if (call.dBeta) sumRows(betaSums, 2 * width, blocks, columns, at(call.dBeta, column), true);
}

/** xhat of four columns. */
// @ts-ignore: decorator
@inline
function normalised(sum: usize, mean: v128, rstd: v128): v128 {
  return f32x4.mul(f32x4.sub(v128.load(sum), mean), rstd);
}

/** dH of four columns. */
// @ts-ignore: decorator
@inline
function gradient(dY: usize, gamma: usize, xhat: v128, rstd: v128, meanG: v128, meanProduct: v128): v128 {
  const g = f32x4.mul(v128.load(dY), v128.load(gamma));
  return f32x4.mul(rstd, f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(xhat, meanProduct)));
}

/** keepScale * dH, which is dH without factors (0). */
// @ts-ignore: decorator
@inline
function kept(dH: v128, factors: usize, column: u32): v128 {
  return factors ? f32x4.mul(v128.load(at(factors, column)), dH) : dH;
}

/** Writes the first `count` lanes, or adds them to what was there. */
// @ts-ignore: decorator
@inline
function storeGradient(address: usize, gradient: v128, accumulate: u32, count: u32 = 4): void {
  storeFirst(address, accumulate ? f32x4.add(v128.load(address), gradient) : gradient, count);
}
