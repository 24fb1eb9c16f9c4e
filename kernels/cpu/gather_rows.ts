import type { gatherRows as declaration } from "../gather_rows.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** Looks rows of a table up. */
export const gatherRows: PlainKernel<typeof declaration> = ({ table, indexes, out }, parameters) => {
  const { count, columns, tableRows, firstRow, accumulate } = parameters;
  for (let row = 0; row < count; row++) {
    const index = indexes[row] - firstRow;
    if (index < 0 || index >= tableRows) continue;
    for (let c = 0, from = index * columns, to = row * columns; c < columns; c++) {
      out[to + c] = accumulate ? out[to + c] + table[from + c] : table[from + c];
    }
  }
};
