/**
 * Maths   gelu(x) = x Phi(x), gelu_new(x) = x / (1 + exp(-2u)) with u = sqrt(2 / pi) (x + 0.044715 x^3), which is
 *         x (1 + tanh u) / 2; relu; tanh
 * Error   relative: gelu 6e-7 and gelu_new 1.1e-6 from -3 on, tanh 3.5e-7. Below -3 the rounding of the exponent is
 *         added: x^2 / 2 units of 6e-8 to gelu, 6 |u| to gelu_new, which is 0 from -10 down. NaN stays NaN, and
 *         -Infinity, which no finite operands give, becomes NaN in both gelus
 * Paper   Hendrycks and Gimpel 2016, arXiv:1606.08415
 *
 * Both fits were made for this file: minimax in the relative error, then rounded so that f32 loses least.
 */

import { exp4 } from "./exp";
import { constant, multiplyAdd } from "./simd";

/** The numbers of `activations` in kernels/contract.ts. */
const GELU: u32 = 1;
const GELU_NEW: u32 = 2;
const RELU: u32 = 3;
const TANH: u32 = 4;

const ONE = memory.data<f32>([1]), MINUS_HALF = memory.data<f32>([-0.5]), SLOPE = memory.data<f32>([0.35]);
/** The coefficients of P. */
const P8 = memory.data<f32>([-0.029146044]), P7 = memory.data<f32>([0.14397219]), P6 = memory.data<f32>([-0.25571522]);
const P5 = memory.data<f32>([0.15917523]), P4 = memory.data<f32>([-0.02311055]), P3 = memory.data<f32>([0.10550831]);
const P2 = memory.data<f32>([0.11983279]), P1 = memory.data<f32>([0.13986188]), P0 = memory.data<f32>([0.13962139]);

/** The value of an activation in each of four lanes. */
export function activate(kind: u32, x: v128): v128 {
  if (kind === GELU) return f32x4.mul(x, normalDistribution(x));
  if (kind === GELU_NEW) return geluNew(x);
  // NaN is not less than 0, so it stays.
  if (kind === RELU) return v128.andnot(x, f32x4.lt(x, f32x4.splat(0)));
  if (kind === TANH) return tanh4(x);
  return x;
}

/**
 * Phi(x), the normal distribution function.
 *
 * Phi(-z) = exp(-z^2 / 2) t P(t) with t = 1 / (1 + 0.35 z), the form of Hastings (1955, Approximations for Digital
 * Computers), and Phi(z) = 1 - Phi(-z).
 */
// @ts-ignore: decorator
@inline
function normalDistribution(x: v128): v128 {
  const e = exp4(f32x4.mul(x, f32x4.mul(x, constant(MINUS_HALF))));
  const one = constant(ONE);
  const t = f32x4.div(one, multiplyAdd(f32x4.abs(x), constant(SLOPE), one));
  let p = multiplyAdd(t, constant(P8), constant(P7));
  p = multiplyAdd(t, p, constant(P6));
  p = multiplyAdd(t, p, constant(P5));
  p = multiplyAdd(t, p, constant(P4));
  p = multiplyAdd(t, p, constant(P3));
  p = multiplyAdd(t, p, constant(P2));
  p = multiplyAdd(t, p, constant(P1));
  p = multiplyAdd(t, p, constant(P0));
  const tail = f32x4.mul(e, f32x4.mul(t, p));
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}

/** x / (1 + exp(-2u)): with (1 + tanh u) / 2 in its place negative u would lose digits. */
// @ts-ignore: decorator
@inline
function geluNew(x: v128): v128 {
  const square = f32x4.mul(x, x);
  // -2u: the factors are -2 sqrt(2 / pi), and that times 0.044715
  const exponent = f32x4.mul(x, multiplyAdd(square, f32x4.splat(-0.071354816), f32x4.splat(-1.5957691)));
  return f32x4.mul(x, f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(exponent))));
}

/** tanh(x) = x P(x^2) / Q(x^2) up to 9, from where on it rounds to 1. */
// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const one = f32x4.splat(1);
  const z = f32x4.pmax(f32x4.pmin(x, f32x4.splat(9)), f32x4.splat(-9));
  const u = f32x4.mul(z, z);
  let p = multiplyAdd(u, f32x4.splat(1.3354283e-8), f32x4.splat(2.0608803e-5));
  p = multiplyAdd(u, p, f32x4.splat(3.4955712e-3));
  p = multiplyAdd(u, p, f32x4.splat(0.13381012));
  p = multiplyAdd(u, p, one);
  let q = multiplyAdd(u, f32x4.splat(7.7764014e-7), f32x4.splat(3.285607e-4));
  q = multiplyAdd(u, q, f32x4.splat(0.025876917));
  q = multiplyAdd(u, q, f32x4.splat(0.46714327));
  q = multiplyAdd(u, q, one);
  const y = f32x4.div(f32x4.mul(z, p), q);
  return f32x4.pmax(f32x4.pmin(y, one), f32x4.splat(-1));
}
