import { groupsFor } from "./contract.ts";
import sums from "./row_blocks.wgsl" with { type: "text" };

/** Rows that a thread adds up in the first pass. */
const ROWS = 16;

/** Columns of partial sums that one workgroup adds up in the second pass. */
const COLUMNS = 8;

/** Blocks of rows: one row of partial sums for each. */
export function rowBlocks(rows: number): number {
  return groupsFor(rows, ROWS);
}

/** The WGSL prelude of the first pass: ROWS of a block. */
export const blockRows = `const ROWS = ${ROWS}u;\n`;

/** The WGSL prelude of the second pass; see row_blocks.wgsl. */
export const blockSums = `${blockRows}const COLUMNS = ${COLUMNS}u;\n${sums}`;

/** Workgroups of the second pass over partial sums of `length` elements. */
export function blockSumsGroups(length: number): number {
  return groupsFor(length, COLUMNS);
}
