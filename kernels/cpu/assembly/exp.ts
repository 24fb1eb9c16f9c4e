/**
 * Maths   exp(x) = 2^n exp(r) with n = round(x / ln 2) and r = x - n ln 2, |r| <= ln 2 / 2
 *         exp(r) = 1 + r + r^2 q(r), q a minimax polynomial fitted for this file (relative error 3e-9)
 * Error   relative, below 8.4e-8 (0.7 units in the last place), with and without fused multiply-add; exp(0) is 1
 * Edges   0 below -87.68, where results leave the normal numbers; infinity above 88.37; NaN stays NaN
 * Paper   Cody and Waite 1980, Software Manual for the Elementary Functions: ln 2 in two parts, n times the first exact
 */

import { constant, multiplyAdd } from "./simd";

/** From -88 the exponent bits are 0 and make 2^n zero, from 88.4 they make it infinite: no lane needs a mask. */
const LEAST = memory.data<f32>([-88]), MOST = memory.data<f32>([89]);
const LOG2_E = memory.data<f32>([1.44269504]);
/** 1.5 * 2^23 + 127: a float of this size has no fraction, and its low bits are n + 127, the exponent bits of 2^n. */
const ROUND = memory.data<f32>([12583039]);
const LN_2_HIGH = memory.data<f32>([-0.693359375]), LN_2_LOW = memory.data<f32>([2.1219444e-4]);
const Q4 = memory.data<f32>([1.38145406e-3]), Q3 = memory.data<f32>([8.36874545e-3]);
const Q2 = memory.data<f32>([0.041668389]), Q1 = memory.data<f32>([0.166665211]), Q0 = memory.data<f32>([0.49999994]);
const ONE = memory.data<f32>([1]);

/** exp(x) in each of four lanes. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const z = f32x4.pmax(f32x4.pmin(x, constant(MOST)), constant(LEAST));
  const shifted = multiplyAdd(z, constant(LOG2_E), constant(ROUND));
  const n = f32x4.sub(shifted, constant(ROUND));
  let r = multiplyAdd(n, constant(LN_2_HIGH), z);
  r = multiplyAdd(n, constant(LN_2_LOW), r);
  let q = multiplyAdd(r, constant(Q4), constant(Q3));
  q = multiplyAdd(r, q, constant(Q2));
  q = multiplyAdd(r, q, constant(Q1));
  q = multiplyAdd(r, q, constant(Q0));
  const e = f32x4.add(multiplyAdd(f32x4.mul(r, r), q, r), constant(ONE));
  return f32x4.mul(e, i32x4.shl(shifted, 23));
}
