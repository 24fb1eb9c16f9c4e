import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { SUM_COLUMNS, SUM_ROWS, TOTAL_COLUMNS } from "./partition.ts";

/** Column sums: of blocks of rows, then of all blocks. */
export const columnSums: CpuKernel = {
  scratch: ({ uniforms: { rows, columns } }) => ({ partials: groupsFor(rows, SUM_ROWS) * columns }),
  passes: ({ uniforms: { rows, columns } }) => [
    { kernel: "columnSums", tasks: groupsFor(rows, SUM_ROWS) * groupsFor(columns, SUM_COLUMNS) },
    { kernel: "columnSumsTotals", tasks: groupsFor(columns, TOTAL_COLUMNS) },
  ],
};
