import { activations } from "../contract.ts";

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/**
 * erfc by the rational Chebyshev fit of Press et al. (Numerical Recipes, erfcc): relative error below 1.2e-7
 * everywhere.
 */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const p = t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 +
                    t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const result = t * Math.exp(-z * z - 1.26551223 + p);
  return x >= 0 ? result : 2 - result;
}

/** Phi(x), the normal distribution function. */
function normalDistribution(x: number): number {
  return 0.5 * erfc(-x * Math.SQRT1_2);
}

/** The value of an activation, by its number in the contract. */
export function activate(kind: number, x: number): number {
  switch (kind) {
    case activations.gelu:
      return x * normalDistribution(x);
    case activations.gelu_new:
      return 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)));
    case activations.relu:
      return x > 0 ? x : 0;
    case activations.tanh:
      return Math.tanh(x);
    default:
      return x;
  }
}

/** The derivative of an activation at x. */
export function activateDerivative(kind: number, x: number): number {
  switch (kind) {
    case activations.gelu:
      return normalDistribution(x) + x * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    case activations.gelu_new: {
      const t = Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
    }
    case activations.relu:
      return x > 0 ? 1 : 0;
    case activations.tanh:
      return 1 - Math.tanh(x) ** 2;
    default:
      return 1;
  }
}
