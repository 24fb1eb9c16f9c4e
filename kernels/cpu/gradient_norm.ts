import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** Sum of squares of an arena: of blocks, then of all blocks. */
export const gradientNorm: CpuKernel = {
  // A partial sum is a float64, the size of two elements.
  scratch: ({ uniforms }) => ({ partials: 2 * groupsFor(uniforms.count, ELEMENTS) }),
  passes: ({ uniforms }) => [
    { kernel: "gradientNorm", tasks: groupsFor(uniforms.count, ELEMENTS) },
    { kernel: "gradientNormTotal", tasks: 1 },
  ],
};

/** Global norm, clip factor and the flag for norms that are no numbers. */
export const gradientClip: CpuKernel = {
  passes: () => [{ kernel: "gradientClip", tasks: 1 }],
};
