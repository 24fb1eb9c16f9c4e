/** Layers over parameters that specs.ts states. */

import type { LayerNorm } from "../autograd/ops/layer_norm.ts";
import type { Linear } from "../autograd/ops/linear.ts";
import { type Parameter, whole } from "../autograd/tensor.ts";
import { slice, type View } from "../device/device.ts";
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

/** The first outputs of a linear layer as one by itself, with the same parameters. */
export function firstOutputs({ weight, bias }: Linear, outputs: number): Linear {
  return { weight: firstRows(weight, outputs), bias: bias && firstRows(bias, outputs / bias.shape[1]) };
}

function firstRows(parameter: Parameter, rows: number): Parameter {
  const columns = parameter.shape[1];
  const part = whole(parameter);
  const first = (view: View) => slice(view, 0, rows * columns);
  const { values, half, gradient } = part;
  return {
    ...parameter,
    shape: [rows, columns],
    parts: [{
      ...part,
      rows,
      values: first(values),
      half: half && first(half),
      gradient: gradient && first(gradient),
    }],
  };
}
