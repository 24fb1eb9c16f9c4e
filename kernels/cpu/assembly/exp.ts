/**
 * Maths   exp(x) = 2^n exp(r) with n = round(x / ln 2) and r = x - n ln 2, |r| <= ln 2 / 2
 *         exp(r) = 1 + r + r^2 q(r), q a minimax polynomial fitted for this file (relative error 3e-9)
 * Error   relative, below 8.4e-8 (0.7 units in the last place), with and without fused multiply-add; exp(0) is 1
 * Edges   0 below -87.68, where results leave the normal numbers; infinity above 88.37; NaN stays NaN
 * Paper   Cody and Waite 1980, Software Manual for the Elementary Functions: ln 2 in two parts, n times the first exact
 */

import { multiplyAdd } from "./simd";

/** 1.5 * 2^23 + 127: a float of this size has no fraction, and its low bits are n + 127, the exponent bits of 2^n. */
const ROUND: f32 = 12583039;

/** exp(x) in each of four lanes. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // From -88 the exponent bits are 0 and make 2^n zero, from 88.4 they make it infinite: no lane needs a mask.
  const z = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-88));
  const shifted = multiplyAdd(z, f32x4.splat(1.44269504), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  let r = multiplyAdd(n, f32x4.splat(-0.693359375), z);
  r = multiplyAdd(n, f32x4.splat(2.1219444e-4), r);
  let q = multiplyAdd(r, f32x4.splat(1.38145406e-3), f32x4.splat(8.36874545e-3));
  q = multiplyAdd(r, q, f32x4.splat(0.041668389));
  q = multiplyAdd(r, q, f32x4.splat(0.166665211));
  q = multiplyAdd(r, q, f32x4.splat(0.49999994));
  const e = f32x4.add(multiplyAdd(f32x4.mul(r, r), q, r), f32x4.splat(1));
  return f32x4.mul(e, i32x4.shl(shifted, 23));
}
