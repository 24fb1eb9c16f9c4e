import type { accumulate as declaration } from "../accumulate.ts";
import type { CpuKernel } from "./kernel.ts";

/** Adds a multiple of one buffer to another. */
export const accumulate: CpuKernel<typeof declaration> = ({ x, into }, { count, factor }) => {
  for (let i = 0; i < count; i++) into[i] += factor * x[i];
};
