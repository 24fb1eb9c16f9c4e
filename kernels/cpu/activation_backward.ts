import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** The gradient through an activation, in place. */
export const activationBackward: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "activationBackward", tasks: groupsFor(uniforms.count, ELEMENTS) }],
};
