import { groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ELEMENTS } from "./partition.ts";

/** 16-bit floats to f32. */
export const widen: CpuKernel = {
  passes: ({ uniforms }) => [{ kernel: "widen", tasks: groupsFor(uniforms.count, ELEMENTS) }],
};
