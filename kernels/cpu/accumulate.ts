import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** Adds a multiple of one buffer to another. */
export const accumulate: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "accumulate", tasks: groupsFor(uniforms.count, ELEMENTS) }],
};
