import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** One AdamW step over a run of an arena; nothing changes where the gradients are not finite. */
export const adamw: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "adamw", tasks: groupsFor(uniforms.length, ELEMENTS) }],
};
