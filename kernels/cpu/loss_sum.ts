import type { CpuKernel } from "./kernel.ts";

/** Adds up what the rows lose. */
export const lossSum: CpuKernel = {
  passes: () => [{ kernel: "lossSum", tasks: 1 }],
};
