import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { DROPOUT_COLUMNS, ELEMENTS } from "./partition.ts";

/** Inverted dropout, whole rows to a task. */
export const dropout: CpuKernel = {
  scratch: (_call, threads) => ({ factors: threads * DROPOUT_COLUMNS }),
  passes: ({ uniforms: { rows, columns } }) => [
    { kernel: "dropout", tasks: groupsFor(rows, Math.max(1, Math.floor(ELEMENTS / columns))) },
  ],
};
