import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Squared distance of each row from its target. */
export function squaredError({ x, targets }: WideArrays, { rows, columns }: Parameters) {
  const losses = new Float64Array(rows);
  x.forEach((value, i) => losses[Math.floor(i / columns)] += (value - targets[i]) ** 2);
  return { losses };
}

const shapes = [[1, 1], [3, 2], [65, 9], [5, 64], [7, 127], [50, 384]];

/** Rows and columns around a vector, a workgroup and a task. */
export function squaredErrorCases(): Case[] {
  return shapes.map(([rows, columns]): Case => {
    const parameters = { rows, columns };
    return {
      op: "squaredError",
      label: `${rows}x${columns}`,
      parameters,
      buffers: {
        x: normal(1, rows * columns),
        targets: normal(2, rows * columns),
        losses: garbage(rows),
      },
      expected: (buffers) => squaredError(buffers, parameters),
    };
  });
}

/** The derivative of the sum over rows, plain, added to another gradient, and of a scaled loss. */
export function squaredErrorGradientCases(): Case[] {
  const forms = shapes.flatMap(([rows, columns]) => [
    { rows, columns, accumulate: 0, scaling: 0 },
    { rows, columns, accumulate: 1, scaling: 8 },
  ]);
  return forms.map(({ rows, columns, accumulate, scaling }): Case => {
    const scale = 0.5;
    return {
      op: "squaredErrorGradient",
      label: `${rows}x${columns}${accumulate ? " accumulating" : ""}${scaling ? `, ${scaling} times` : ""}`,
      parameters: { rows, columns, scale, accumulate },
      buffers: {
        x: normal(1, rows * columns),
        targets: normal(2, rows * columns),
        dX: accumulate ? normal(3, rows * columns) : garbage(rows * columns),
        ...(scaling && { scaling: Float32Array.of(scaling, 5, 6) }),
      },
      derivative: {
        of: (buffers) => {
          const { losses } = squaredError(buffers, { rows, columns });
          return scale * (scaling || 1) * losses.reduce((sum, loss) => sum + loss, 0);
        },
        gradients: { dX: "x" },
        accumulated: accumulate ? ["dX"] : [],
      },
    };
  });
}
