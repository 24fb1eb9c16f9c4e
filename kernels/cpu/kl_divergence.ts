import { logitTasks } from "./cross_entropy.ts";
import type { CpuKernel } from "./kernel.ts";

/** How far each row of logits is from its targets, whole rows to a task. */
export const klDivergence: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "klDivergence", tasks: logitTasks(uniforms) }],
};

/** Gradient of that with respect to the logits. */
export const klDivergenceGradient: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "klDivergenceGradient", tasks: logitTasks(uniforms) }],
};
