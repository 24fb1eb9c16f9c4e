/**
 * Maths   gradient *= activation'(preactivation)
 *         gelu' = Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)
 *         gelu_new' = s + 2 x s (1 - s) slope with s = (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3) and
 *         slope = du/dx; tanh' = 4 s (1 - s) with u = x
 * Task    ELEMENTS elements
 * Paper   Hendrycks and Gimpel 2016, arXiv:1606.08415; Phi in the form of Abramowitz and Stegun 1964, 7.1.26
 * Why     one exponential an element: exp(-x^2 / 2) is a factor of Phi's tail as well, and with e = exp(-2|u|) both s and
 *         s (1 - s) = e / (1 + e)^2 are free of cancellation
 */

import { ELEMENTS } from "../partition";
import { exp4 } from "./exp";
import { storeFirst } from "./lanes";
import { at, least, multiplyAdd } from "./simd";

/** The numbers of `activations` in contract.ts. */
const GELU: u32 = 1, GELU_NEW: u32 = 2, RELU: u32 = 3, TANH: u32 = 4;

@unmanaged
class ActivationBackward {
  gradient: usize;
  preactivation: usize;
  count: u32;
  activation: u32;
}

export function activationBackward(call: ActivationBackward, task: u32, _thread: u32): void {
  // One loop for each kind: the constant is folded into the inlined body.
  if (call.activation == GELU) through(call, task, GELU);
  else if (call.activation == GELU_NEW) through(call, task, GELU_NEW);
  else if (call.activation == RELU) through(call, task, RELU);
  else if (call.activation == TANH) through(call, task, TANH);
}

// @ts-ignore: decorator
@inline
function through(call: ActivationBackward, task: u32, kind: u32): void {
  const end = least((task + 1) * ELEMENTS, call.count);
  for (let i = task * ELEMENTS; i < end; i += 4) {
    const gradient = at(call.gradient, i);
    const derivative = activationDerivative(kind, v128.load(at(call.preactivation, i)));
    storeFirst(gradient, f32x4.mul(v128.load(gradient), derivative), end - i);
  }
}

/** The derivative of an activation in each of four lanes. */
// @ts-ignore: decorator
@inline
function activationDerivative(kind: u32, x: v128): v128 {
  if (kind == GELU) return geluDerivative(x);
  if (kind == GELU_NEW) return geluNewDerivative(x);
  if (kind == RELU) return v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1));
  const e = exp4(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const inverse = f32x4.div(f32x4.splat(2), f32x4.add(f32x4.splat(1), e));
  return f32x4.mul(e, f32x4.mul(inverse, inverse));
}

/** Phi's tail is exp(-x^2 / 2) times a polynomial in t = 1 / (1 + 0.275 |x|), fitted for this file to 1.3e-8. */
// @ts-ignore: decorator
@inline
function geluDerivative(x: v128): v128 {
  const z = bounded(x);
  const e = exp4(f32x4.mul(f32x4.mul(z, z), f32x4.splat(-0.5)));
  const t = f32x4.div(f32x4.splat(1), multiplyAdd(f32x4.abs(z), f32x4.splat(0.275), f32x4.splat(1)));
  let tail = multiplyAdd(t, f32x4.splat(-0.114858314), f32x4.splat(0.45199862));
  tail = multiplyAdd(t, tail, f32x4.splat(-0.33099326));
  tail = multiplyAdd(t, tail, f32x4.splat(0.3339322));
  tail = multiplyAdd(t, tail, f32x4.splat(0.042111512));
  tail = multiplyAdd(t, tail, f32x4.splat(0.11780925));
  tail = f32x4.mul(e, f32x4.mul(t, tail));
  const phi = v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(z, f32x4.splat(0)));
  return multiplyAdd(f32x4.mul(z, f32x4.splat(0.39894228)), e, phi);
}

// @ts-ignore: decorator
@inline
function geluNewDerivative(x: v128): v128 {
  const z = bounded(x), square = f32x4.mul(z, z);
  const u = f32x4.mul(z, multiplyAdd(square, f32x4.splat(0.035677408), f32x4.splat(0.79788456)));
  const slope = multiplyAdd(square, f32x4.splat(0.10703222), f32x4.splat(0.79788456));
  const e = exp4(f32x4.mul(f32x4.abs(u), f32x4.splat(-2)));
  const larger = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e)), smaller = f32x4.mul(e, larger);
  const s = v128.bitselect(smaller, larger, f32x4.lt(z, f32x4.splat(0)));
  const variance = f32x4.mul(larger, smaller);
  return multiplyAdd(f32x4.mul(f32x4.add(z, z), slope), variance, s);
}

/** Beyond 10 the derivatives of both gelus are 0 or 1 to f32, and squares stay finite. NaN stays. */
// @ts-ignore: decorator
@inline
function bounded(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, f32x4.splat(10)), f32x4.splat(-10));
}
