import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** Looks rows of a table up. */
export const gatherRows: CpuKernel = {
  passes: ({ uniforms: { count, columns } }) => {
    const rows = Math.max(1, Math.floor(ELEMENTS / columns));
    return [{ kernel: "gatherRows", tasks: groupsFor(count, rows) }];
  },
};
