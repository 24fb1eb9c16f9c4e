import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { LOGITS } from "./partition.ts";

/** Tasks of whole rows of logits. */
export function logitTasks({ rows, columns }: Readonly<Record<string, number>>): number {
  return groupsFor(rows, Math.max(1, Math.floor(LOGITS / columns)));
}

/** Merges a chunk of logits into the running maximum, sum and label logit of each row. */
export const crossEntropyStats: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "crossEntropyStats", tasks: logitTasks(uniforms) }],
};

/** Adds up what the labelled rows lose. */
export const crossEntropyLoss: CpuKernel = {
  passes: () => [{ kernel: "crossEntropyLoss", tasks: 1 }],
};

/** Gradient of the loss with respect to a chunk of logits. */
export const crossEntropyGradient: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "crossEntropyGradient", tasks: logitTasks(uniforms) }],
};
