import { activations } from "../contract.ts";

/** The error function in float64: its Taylor series below 3, the continued fraction of erfc above. */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction));
}

/**
 * Activations as PyTorch and transformers compute them: gelu x Phi(x) (Hendrycks and Gimpel 2016,
 * arXiv:1606.08415), gelu_new with its tanh, relu and tanh.
 */
export function activate(kind: number, x: number): number {
  switch (kind) {
    case activations.gelu:
      return 0.5 * x * (1 + erf(x * Math.SQRT1_2));
    case activations.gelu_new:
      return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    case activations.relu:
      return Math.max(x, 0);
    case activations.tanh:
      return Math.tanh(x);
    default:
      return x;
  }
}
