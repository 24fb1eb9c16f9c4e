import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { SCATTER_COLUMNS, SCATTER_GROUPS } from "./partition.ts";

/** Adds gradient rows to the table rows that they were gathered from. */
export const scatterAddRows: CpuKernel = {
  passes: ({ uniforms: { groups, columns } }) => [{
    kernel: "scatterAddRows",
    tasks: groupsFor(groups, SCATTER_GROUPS) * groupsFor(columns, SCATTER_COLUMNS),
  }],
};
