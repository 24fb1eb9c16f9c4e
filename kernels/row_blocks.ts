import { groupsFor } from "./contract.ts";

/** Rows that a thread adds up in kernels that sum over rows in two passes; the number stands in their text, too. */
const ROWS = 16;

/** Blocks of rows: one row of partial sums for each. */
export function rowBlocks(rows: number): number {
  return groupsFor(rows, ROWS);
}
