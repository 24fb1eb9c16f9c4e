import { type Call, groupsFor } from "../contract.ts";
import type { CpuKernel, CpuPass } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** One half of each row, activated, times the other. */
export const gatedActivation: CpuKernel = { passes: (call) => [passOf("gatedActivation", call)] };

/** The gradients of both halves. */
export const gatedActivationBackward: CpuKernel = {
  passes: (call) => [passOf("gatedActivationBackward", call)],
};

function passOf(kernel: string, { uniforms: { rows, columns } }: Call): CpuPass {
  return { kernel, tasks: groupsFor(rows, Math.max(1, Math.floor(ELEMENTS / columns))) };
}
