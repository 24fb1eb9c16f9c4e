import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** Softmax over each row, whole rows to a task. */
export const softmax: CpuKernel = {
  passes: ({ uniforms: { rows, columns } }) => [
    { kernel: "softmax", tasks: groupsFor(rows, Math.max(1, Math.floor(ELEMENTS / columns))) },
  ],
};
