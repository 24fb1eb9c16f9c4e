// gelu: erf, the activations and their derivatives; a prelude of matmul and activationBackward.
// Maths     gelu(x) = x * Phi(x) with Phi(x) = (1 + erf(x / sqrt(2))) / 2
//           gelu_new(x) = x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2
// Paper     Hendrycks and Gimpel 2016, arXiv:1606.08415
// Kinds     0 none | 1 gelu | 2 gelu_new | 3 relu | 4 tanh: the numbers of `activations` in contract.ts

const SQRT_HALF = 0.70710678;
const INVERSE_SQRT_TWO_PI = 0.39894228;
const SQRT_TWO_OVER_PI = 0.79788456;
const GELU_NEW_CUBIC = 0.044715;

// WGSL has no erf. Two minimax polynomials, fitted for this file: x * P(x^2) below 1, 1 - exp(-x^2) * Q(1 / x) from
// there on. In f32 the absolute error is below 2e-7; erf(4.2) rounds to 1, so larger arguments change nothing.
fn erf(x: f32) -> f32 {
  let u = min(x * x, 1.0);
  let inner = x * (1.1283791 + u * (-0.37612626 + u * (0.112835854 + u * (-0.026853811 +
    u * (0.0051883277 + u * (-0.0008010193 + u * 0.00007853859))))));
  let z = clamp(abs(x), 1.0, 4.2);
  let t = 1.0 / z;
  let tail = -0.0056821974 + t * (0.6118692 + t * (-0.15183854 + t * (-0.09506783 +
    t * (0.091306254 + t * -0.023003407))));
  return select(sign(x) * (1.0 - exp(-z * z) * tail), inner, abs(x) < 1.0);
}

// Drivers may compute tanh from exp(2x), which overflows; beyond 15 an f32 tanh is 1.
fn boundedTanh(x: f32) -> f32 { return tanh(clamp(x, -15.0, 15.0)); }

// The tanh of gelu_new; beyond 10 it is 1, and the bound keeps the cube finite.
fn geluNewTanh(x: f32) -> f32 {
  let z = clamp(x, -10.0, 10.0);
  return boundedTanh(SQRT_TWO_OVER_PI * (z + GELU_NEW_CUBIC * z * z * z));
}

fn activate(kind: u32, x: f32) -> f32 {
  switch (kind) {
    case 1u: { return 0.5 * x * (1.0 + erf(x * SQRT_HALF)); }
    case 2u: { return 0.5 * x * (1.0 + geluNewTanh(x)); }
    case 3u: { return max(x, 0.0); }
    case 4u: { return boundedTanh(x); }
    default: { return x; }
  }
}

fn activateDerivative(kind: u32, x: f32) -> f32 {
  // Beyond 10 the derivatives of both gelus are 0 or 1 to f32, and the squares below stay finite.
  let z = clamp(x, -10.0, 10.0);
  switch (kind) {
    case 1u: { return 0.5 * (1.0 + erf(x * SQRT_HALF)) + z * INVERSE_SQRT_TWO_PI * exp(-0.5 * z * z); }
    case 2u: {
      let t = geluNewTanh(x);
      let slope = SQRT_TWO_OVER_PI * (1.0 + 3.0 * GELU_NEW_CUBIC * z * z);
      return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * slope;
    }
    case 3u: { return select(0.0, 1.0, x > 0.0); }
    case 4u: { let t = boundedTanh(x); return 1.0 - t * t; }
    default: { return 1.0; }
  }
}
