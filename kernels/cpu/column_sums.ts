import type { columnSums as declaration } from "../column_sums.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** Column sums, row after row along memory. */
export const columnSums: PlainKernel<typeof declaration> = ({ x, sums }, { rows, columns, accumulate }) => {
  const totals = new Float64Array(columns);
  if (accumulate) totals.set(sums.subarray(0, columns));
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) totals[column] += x[at];
  }
  sums.set(totals);
};
