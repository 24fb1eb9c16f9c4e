import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** Queries and keys turned by their positions, whole rows to a task. */
export const rotary: CpuKernel = {
  passes: ({ uniforms: { tokens, hidden } }) => [
    { kernel: "rotary", tasks: groupsFor(tokens, Math.max(1, Math.floor(ELEMENTS / hidden))) },
  ],
};
