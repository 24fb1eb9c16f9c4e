import { type Activation, activations } from "../../../kernels/contract.ts";
import type { View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import { type Parameter, type Tensor, whole } from "../tensor.ts";

/** A fully connected layer as PyTorch stores it. */
export interface Linear {
  /** `[out, in]` */
  readonly weight: Parameter;
  /** `[1, out]`, or rows that are so long one after another, if it has one. */
  readonly bias?: Parameter;
}

/**
 * `y = activation(x · weightᵀ + bias)`: x `[rows, in]`, y `[rows, out]`; `logits` are f32 on any tape.
 * Without an activation a `residual` `[rows, out]` may be added.
 */
export function linear(
  tape: Tape,
  x: Tensor,
  { weight, bias, ...options }: Linear & { activation?: Activation; logits?: boolean; residual?: Tensor },
): Tensor {
  return sumOfLinear(tape, [x], { weights: [weight], bias, ...options });
}

/**
 * `y = activation(x₀ · weight₀ᵀ + x₁ · weight₁ᵀ + ... + bias)`, which is a linear layer over the inputs side
 * by side: each x `[rows, in]`, each weight `[out, in]`, y `[rows, out]`.
 */
export function sumOfLinear(
  tape: Tape,
  inputs: readonly Tensor[],
  { weights, bias, activation = "none", logits = false, residual: added }: {
    weights: readonly Parameter[];
    bias?: Parameter;
    activation?: Activation;
    logits?: boolean;
    residual?: Tensor;
  },
): Tensor {
  const { device } = tape;
  const rows = inputs[0].shape[0];
  const outputs = weights[0].shape[0];
  const optional = [bias, added].filter((input) => input !== undefined);
  const y = tape.tensor([rows, outputs], [...inputs, ...weights, ...optional], {
    dtype: logits ? "f32" : tape.real,
  });
  const kind = activations[activation];
  const preactivation = kind !== activations.none && tape.recording && y.requiresGradient
    ? tape.allocate(tape.real, rows * outputs)
    : undefined;
  // All but the last product are added up first; the last one takes them as its residual and carries the
  // epilogue.
  const last = inputs.length - 1;
  const partial = last > 0 ? tape.allocate(tape.real, rows * outputs) : undefined;
  if (partial && added) {
    device.clear(partial);
    device.dispatch("accumulate", { x: added.view, into: partial }, { count: partial.length, factor: 1 });
  }
  const residual = partial ?? added?.view;
  inputs.forEach((x, i) => {
    const operands = { a: x.view, b: tape.weightsOf(whole(weights[i])) };
    const sizes = { m: rows, n: outputs, k: x.shape[1], transposeB: true };
    if (i < last) {
      device.dispatch("matmul", { ...operands, c: partial! }, {
        ...sizes,
        accumulate: i > 0 || added !== undefined,
      });
    } else {
      device.dispatch(
        "matmul",
        { ...operands, bias: bias && whole(bias).values, residual, c: y.view, preactivation },
        {
          ...sizes,
          activation: kind,
        },
      );
    }
  });
  if (partial) tape.free(partial);

  const backward = (dY: View) => {
    if (preactivation) {
      device.dispatch("activationBackward", { gradient: dY, preactivation }, {
        count: rows * outputs,
        activation: kind,
      });
    }
    inputs.forEach((x, i) => linearBackward(tape, { x, weight: weights[i], dY }));
    const dBias = bias && whole(bias).gradient;
    if (dBias) {
      device.dispatch("columnSums", { x: dY, sums: dBias }, { rows, columns: outputs, accumulate: true });
    }
    if (added) tape.giveGradient(added, dY);
  };
  tape.record(y, {
    saved: preactivation ? [preactivation] : [],
    backward,
    handsOn: added !== undefined,
  });
  return y;
}

/** `dWeight += dYᵀ · x` and `dX = dY · weight`. */
function linearBackward(tape: Tape, { x, weight, dY }: { x: Tensor; weight: Parameter; dY: View }): void {
  const [rows, inputs] = x.shape;
  const outputs = weight.shape[0];
  const part = whole(weight);
  const { gradient } = part;
  if (gradient) {
    tape.device.dispatch("matmul", { a: dY, b: x.view, c: gradient }, {
      m: outputs,
      n: inputs,
      k: rows,
      transposeA: true,
      accumulate: true,
    });
  }
  const dX = tape.gradientOf(x);
  if (dX) {
    tape.device.dispatch("matmul", { a: dY, b: tape.weightsOf(part), c: dX.view }, {
      m: rows,
      n: inputs,
      k: outputs,
      accumulate: dX.accumulate,
    });
  }
}
