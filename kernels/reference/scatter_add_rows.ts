import { groupByIndex } from "../grouping.ts";
import { gatherRows, randomIndexes } from "./gather_rows.ts";
import { type Case, normal } from "./proof.ts";

/** The gradient of gathered rows with respect to the table, added to what was there. */
export function scatterAddRowsCases(): Case[] {
  // The last one has groups of more rows than are added up before they go to the table.
  const shapes = [[1, 1, 1, 0], [5, 3, 7, 0], [40, 65, 9, 0], [33, 96, 20, 8], [300, 5, 2, 0]];
  return shapes.map(([count, columns, tableRows, firstRow]): Case => {
    const indexes = randomIndexes(2, count, firstRow > 0 ? 2 * tableRows + firstRow : tableRows);
    const { order, segments, rows } = groupByIndex(indexes);
    return {
      op: "scatterAddRows",
      label: `${count} into ${tableRows}x${columns} from row ${firstRow}`,
      parameters: { count, groups: rows.length, columns, tableRows, firstRow },
      buffers: {
        gradient: normal(1, count * columns),
        order,
        segments,
        rows,
        table: normal(3, tableRows * columns),
      },
      derivative: {
        of: ({ gradient, table }) => {
          const parameters = { count, columns, tableRows, firstRow, accumulate: 0 };
          const { out } = gatherRows({ table, indexes, out: new Float64Array(count * columns) }, parameters);
          return out.reduce((sum, value, i) => sum + value * gradient[i], 0);
        },
        gradients: { table: "table" },
        accumulated: ["table"],
      },
    };
  });
}
