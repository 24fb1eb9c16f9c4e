import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** Squared distance of each row from its target, whole rows to a task. */
export const squaredError: CpuKernel = {
  passes: ({ uniforms: { rows, columns } }) => [
    { kernel: "squaredError", tasks: groupsFor(rows, Math.max(1, Math.floor(ELEMENTS / columns))) },
  ],
};

/** Gradient of that, element by element. */
export const squaredErrorGradient: CpuKernel = {
  passes: ({ uniforms: { rows, columns } }) => [
    { kernel: "squaredErrorGradient", tasks: groupsFor(rows * columns, ELEMENTS) },
  ],
};
