import { type Case, normal } from "./proof.ts";

/** Counts around a workgroup. */
export function accumulateCases(): Case[] {
  return [1, 63, 64, 65, 1000].map((count): Case => ({
    op: "accumulate",
    label: `${count}`,
    parameters: { count, factor: -0.75 },
    buffers: { x: normal(1, count), into: normal(2, count) },
    expected: ({ x, into }) => ({ into: Array.from(into, (value, i) => value - 0.75 * x[i]) }),
  }));
}
