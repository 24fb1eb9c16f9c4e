import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Softmax over each row by the definition. */
export function softmax({ x }: WideArrays, { rows, columns }: Parameters) {
  const y = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const values = x.subarray(row * columns, (row + 1) * columns);
    const largest = Math.max(...values);
    let sum = 0;
    for (const value of values) sum += Math.exp(value - largest);
    values.forEach((value, column) => y[row * columns + column] = Math.exp(value - largest) / sum);
  }
  return { y };
}

/** Rows shorter and longer than a workgroup, and values whose exp overflows. */
export function softmaxCases(): Case[] {
  const shapes = [[1, 1], [3, 5], [65, 9], [2, 63], [2, 64], [5, 65], [7, 127], [3, 1000]];
  return shapes.flatMap(([rows, columns]) =>
    [{ scale: 1 }, { scale: 30, mean: 500 }].map((spread): Case => ({
      op: "softmax",
      label: `${rows}x${columns} spread ${spread.scale}`,
      parameters: { rows, columns },
      buffers: { x: normal(1, rows * columns, spread), y: garbage(rows * columns) },
      expected: (buffers) => softmax(buffers, { rows, columns }),
    }))
  );
}
