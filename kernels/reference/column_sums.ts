import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Column sums by the definition. */
function columnSums({ x, sums: before }: WideArrays, { columns, accumulate }: Parameters) {
  const sums = new Float64Array(columns);
  if (accumulate) sums.set(before);
  x.forEach((value, at) => sums[at % columns] += value);
  return { sums };
}

/** No rows, fewer and more rows than share a column, columns around the eight of a workgroup. */
export function columnSumsCases(): Case[] {
  const shapes = [[0, 3], [1, 1], [1, 65], [3, 8], [31, 9], [33, 7], [65, 127], [1000, 3], [257, 384]];
  return shapes.flatMap(([rows, columns]) =>
    [0, 1].map((accumulate): Case => ({
      op: "columnSums",
      label: `${rows}x${columns}${accumulate ? " accumulating" : ""}`,
      parameters: { rows, columns, accumulate },
      buffers: {
        x: normal(1, rows * columns, { mean: 0.5 }),
        sums: accumulate ? normal(2, columns) : garbage(columns),
      },
      expected: (buffers) => columnSums(buffers, { rows, columns, accumulate }),
    }))
  );
}
