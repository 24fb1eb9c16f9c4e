/** Layers over parameters that specs.ts states. */

import type { LayerNorm } from "../autograd/ops/layer_norm.ts";
import type { Linear } from "../autograd/ops/linear.ts";
import type { Parameters } from "./parameters.ts";

/** The linear layer that `linearSpecs` states, with or without a bias. */
export function linearOf(parameters: Parameters, name: string): Linear {
  return { weight: parameters.get(`${name}.weight`), bias: parameters.find(`${name}.bias`) };
}

/** All linear layers of a stack as one: outputs below each other. */
export function stackedLinearOf(parameters: Parameters, stack: string): Linear {
  return { weight: parameters.stack(`${stack}.weight`), bias: parameters.stack(`${stack}.bias`) };
}

/** The norm that `normSpecs` states, with or without a bias. */
export function normOf(parameters: Parameters, name: string, epsilon: number): LayerNorm {
  return { ...linearOf(parameters, name), epsilon };
}
