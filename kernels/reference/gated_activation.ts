import { activations } from "../contract.ts";
import { activate } from "./activation.ts";
import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** The products of activated halves and gates, in float64. */
export function gatedActivation({ x }: WideArrays, { rows, columns, activation }: Parameters) {
  const y = new Float64Array(rows * columns);
  for (let i = 0; i < y.length; i++) {
    const at = i + Math.floor(i / columns) * columns;
    y[i] = activate(activation, x[at]) * x[at + columns];
  }
  return { y };
}

const shapes = [[0, 4], [1, 1], [3, 3], [7, 4], [65, 5], [2, 127], [5, 384]];

/** Every activation, at rows around four columns and a workgroup; inputs keep clear of the kink of relu. */
function callsOf(): { label: string; parameters: Parameters; x: Float32Array }[] {
  return Object.entries(activations).flatMap(([name, activation]) =>
    shapes.map(([rows, columns]) => ({
      label: `${name} of ${rows}x${columns}`,
      parameters: { rows, columns, activation },
      x: normal(1, rows * 2 * columns, { scale: 2 }).map((value) => value + Math.sign(value) * 1e-3),
    }))
  );
}

export function gatedActivationCases(): Case[] {
  return callsOf().map(({ label, parameters, x }): Case => ({
    op: "gatedActivation",
    label,
    parameters,
    buffers: { x, y: garbage(x.length / 2) },
    expected: (buffers) => gatedActivation(buffers, parameters),
  }));
}

export function gatedActivationBackwardCases(): Case[] {
  return callsOf().map(({ label, parameters, x }): Case => ({
    op: "gatedActivationBackward",
    label,
    parameters,
    buffers: { x, dY: normal(2, x.length / 2), dX: garbage(x.length) },
    derivative: {
      of: ({ x, dY }) => gatedActivation({ x }, parameters).y.reduce((sum, y, i) => sum + y * dY[i], 0),
      gradients: { dX: "x" },
    },
  }));
}
