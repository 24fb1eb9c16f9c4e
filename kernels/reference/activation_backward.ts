import { activations } from "../contract.ts";
import { activate } from "./activation.ts";
import { type Case, normal } from "./proof.ts";

/**
 * Every activation around a workgroup's 256 elements, near zero and far out. The forward side is
 * {@linkcode activate}; its inputs keep clear of the kink of relu by more than the step of the differences.
 */
export function activationBackwardCases(): Case[] {
  const inputs = [0, 1, 3, 65, 257, 1000].map((count) => normal(1, count, { scale: 2 }).map(clearOfZero));
  const extremes = Float32Array.of(-1e4, -90, -30, -12, -7, -1e-3, 1e-3, 7, 12, 30, 90, 1e4);
  return Object.entries(activations).flatMap(([name, activation]) =>
    [...inputs, extremes].map((preactivation): Case => ({
      op: "activationBackward",
      label: `${name} of ${preactivation === extremes ? "extreme values" : preactivation.length}`,
      parameters: { count: preactivation.length, activation },
      buffers: { gradient: normal(2, preactivation.length), preactivation },
      derivative: {
        of: ({ gradient, preactivation }) => {
          let loss = 0;
          preactivation.forEach((x, i) => loss += gradient[i] * activate(activation, x));
          return loss;
        },
        gradients: { gradient: "preactivation" },
      },
    }))
  );
}

function clearOfZero(value: number): number {
  return value + Math.sign(value) * 1e-3;
}
