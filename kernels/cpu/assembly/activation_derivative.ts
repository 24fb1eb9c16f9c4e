/**
 * Maths   gelu' = Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)
 *         gelu_new' = s + 2 x s (1 - s) slope with s = (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3) and
 *         slope = du/dx; tanh' = 4 s (1 - s) with u = x
 * Paper   Hendrycks and Gimpel 2016, arXiv:1606.08415; Phi in the form of Abramowitz and Stegun 1964, 7.1.26
 * Why     one exponential an element: exp(-x^2 / 2) is a factor of Phi's tail as well, and with e = exp(-2|u|) both s
 *         and s (1 - s) = e / (1 + e)^2 are free of cancellation
 */

import { exp4 } from "./exp";
import { constant, multiplyAdd } from "./simd";

/** The numbers of `activations` in contract.ts. */
const GELU: u32 = 1, GELU_NEW: u32 = 2, RELU: u32 = 3, TANH: u32 = 4;

const ONE = memory.data<f32>([1]), TWO = memory.data<f32>([2]), MINUS_TWO = memory.data<f32>([-2]);
const TEN = memory.data<f32>([10]), MINUS_TEN = memory.data<f32>([-10]), MINUS_HALF = memory.data<f32>([-0.5]);
const INVERSE_SQRT_TWO_PI = memory.data<f32>([0.39894228]), SQRT_TWO_OVER_PI = memory.data<f32>([0.79788456]);
/** sqrt(2 / pi) times 0.044715, and three times that. */
const CUBIC = memory.data<f32>([0.035677408]), THREE_CUBIC = memory.data<f32>([0.10703222]);
const T = memory.data<f32>([0.275]), C5 = memory.data<f32>([-0.114858314]), C4 = memory.data<f32>([0.45199862]);
const C3 = memory.data<f32>([-0.33099326]), C2 = memory.data<f32>([0.3339322]);
const C1 = memory.data<f32>([0.042111512]), C0 = memory.data<f32>([0.11780925]);

/** The derivative of an activation in each of four lanes. */
// @ts-ignore: decorator
@inline
export function activationDerivative(kind: u32, x: v128): v128 {
  if (kind == GELU) return geluDerivative(x);
  if (kind == GELU_NEW) return geluNewDerivative(x);
  if (kind == RELU) return v128.and(f32x4.gt(x, f32x4.splat(0)), constant(ONE));
  if (kind == TANH) return tanhDerivative(x);
  return constant(ONE);
}

/** Phi's tail is exp(-x^2 / 2) times t C(t) with t = 1 / (1 + 0.275 |x|), fitted for this file to 1.3e-8. */
// @ts-ignore: decorator
@inline
function geluDerivative(x: v128): v128 {
  const z = bounded(x);
  const e = exp4(f32x4.mul(f32x4.mul(z, z), constant(MINUS_HALF)));
  const t = f32x4.div(constant(ONE), multiplyAdd(f32x4.abs(z), constant(T), constant(ONE)));
  let tail = multiplyAdd(t, constant(C5), constant(C4));
  tail = multiplyAdd(t, tail, constant(C3));
  tail = multiplyAdd(t, tail, constant(C2));
  tail = multiplyAdd(t, tail, constant(C1));
  tail = multiplyAdd(t, tail, constant(C0));
  tail = f32x4.mul(e, f32x4.mul(t, tail));
  const phi = v128.bitselect(tail, f32x4.sub(constant(ONE), tail), f32x4.lt(z, f32x4.splat(0)));
  return multiplyAdd(f32x4.mul(z, constant(INVERSE_SQRT_TWO_PI)), e, phi);
}

// @ts-ignore: decorator
@inline
function geluNewDerivative(x: v128): v128 {
  const z = bounded(x), square = f32x4.mul(z, z);
  const u = f32x4.mul(z, multiplyAdd(square, constant(CUBIC), constant(SQRT_TWO_OVER_PI)));
  const slope = multiplyAdd(square, constant(THREE_CUBIC), constant(SQRT_TWO_OVER_PI));
  const e = exp4(f32x4.mul(f32x4.abs(u), constant(MINUS_TWO)));
  const larger = f32x4.div(constant(ONE), f32x4.add(constant(ONE), e)), smaller = f32x4.mul(e, larger);
  const s = v128.bitselect(smaller, larger, f32x4.lt(z, f32x4.splat(0)));
  return multiplyAdd(f32x4.mul(f32x4.add(z, z), slope), f32x4.mul(larger, smaller), s);
}

// @ts-ignore: decorator
@inline
function tanhDerivative(x: v128): v128 {
  const e = exp4(f32x4.mul(f32x4.abs(x), constant(MINUS_TWO)));
  const inverse = f32x4.div(constant(TWO), f32x4.add(constant(ONE), e));
  return f32x4.mul(e, f32x4.mul(inverse, inverse));
}

/** Beyond 10 the derivatives of both gelus are 0 or 1 to f32, and squares stay finite. NaN stays. */
// @ts-ignore: decorator
@inline
function bounded(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, constant(TEN)), constant(MINUS_TEN));
}
