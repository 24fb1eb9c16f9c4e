import { Random } from "../../src/random/random.ts";
import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Rows of a table in the order of indexes; rows outside of the part stay what they were. */
export function gatherRows({ table, indexes, out }: WideArrays, parameters: Parameters) {
  const { count, columns, tableRows, firstRow, accumulate } = parameters;
  const result = Float64Array.from(out);
  for (let row = 0; row < count; row++) {
    const index = indexes[row] - firstRow;
    if (index < 0 || index >= tableRows) continue;
    for (let c = 0; c < columns; c++) {
      result[row * columns + c] = table[index * columns + c] + (accumulate ? result[row * columns + c] : 0);
    }
  }
  return { out: result };
}

/** Seeded indexes 0 .. rows - 1, some of them more than once. */
export function randomIndexes(seed: number, count: number, rows: number): Uint32Array {
  const random = new Random(seed, "indexes");
  return Uint32Array.from({ length: count }, () => random.integer(rows));
}

/** Whole tables and parts of one, replacing and adding. */
export function gatherRowsCases(): Case[] {
  const shapes = [[1, 1, 1, 0], [5, 3, 7, 0], [40, 65, 9, 0], [33, 96, 20, 8], [70, 127, 5, 30]];
  return shapes.flatMap(([count, columns, tableRows, firstRow]) =>
    [0, 1].map((accumulate): Case => {
      const parameters = { count, columns, tableRows, firstRow, accumulate };
      return {
        op: "gatherRows",
        label: `${count} of ${tableRows}x${columns} from row ${firstRow}${accumulate ? " accumulating" : ""}`,
        parameters,
        buffers: {
          table: normal(1, tableRows * columns),
          indexes: randomIndexes(2, count, firstRow > 0 ? 2 * tableRows + firstRow : tableRows),
          out: accumulate ? normal(3, count * columns) : garbage(count * columns),
        },
        expected: (buffers) => gatherRows(buffers, parameters),
      };
    })
  );
}
