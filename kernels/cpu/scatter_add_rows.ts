import type { scatterAddRows as declaration } from "../scatter_add_rows.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** Adds gradient rows to the table rows that they were gathered from. */
export const scatterAddRows: PlainKernel<typeof declaration> = (
  { gradient, order, segments, rows, table },
  sizes,
) => {
  const { groups, columns, tableRows, firstRow } = sizes;
  for (let group = 0; group < groups; group++) {
    const row = rows[group] - firstRow;
    if (row < 0 || row >= tableRows) continue;
    for (let s = segments[group]; s < segments[group + 1]; s++) {
      for (let c = 0, to = row * columns, from = order[s] * columns; c < columns; c++) {
        table[to + c] += gradient[from + c];
      }
    }
  }
};
