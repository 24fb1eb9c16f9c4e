import { dropoutOf, keepScale } from "./philox.ts";
import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Dropout element by element. */
export function dropout({ x, y: before }: WideArrays, parameters: Parameters) {
  const { columns, accumulate } = parameters;
  const y = Float64Array.from(x, (value, at) => {
    const column = at % columns;
    const kept = keepScale(parameters, { row: (at - column) / columns, column }) * value;
    return accumulate ? before[at] + kept : kept;
  });
  return { y };
}

/**
 * Columns around the four of a block, the 64 threads of a workgroup and the 512 of a draw; p = 0, usual and
 * high.
 */
export function dropoutCases(): Case[] {
  const shapes = [[0, 5], [1, 1], [3, 3], [7, 4], [65, 5], [2, 127], [5, 384], [2, 1030]];
  return shapes.flatMap(([rows, columns]) =>
    [[0, 0], [0.1, 0], [0.1, 1], [0.9, 0]].map(([p, accumulate]): Case => {
      const parameters = { rows, columns, accumulate, ...dropoutOf(p) };
      return {
        op: "dropout",
        label: `${rows}x${columns} p ${p}${accumulate ? " accumulating" : ""}`,
        parameters,
        buffers: {
          x: normal(1, rows * columns),
          y: accumulate ? normal(2, rows * columns) : garbage(rows * columns),
        },
        expected: (buffers) => dropout(buffers, parameters),
      };
    })
  );
}
