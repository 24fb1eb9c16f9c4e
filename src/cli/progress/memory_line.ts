/** What a run takes in memory, for the person. */

import type { MemoryBound } from "../../run/memory_bound.ts";
import { formatBytes } from "../frame/format.ts";

/** One line, before a run begins. */
export function describeMemory(
  { total, weights, gradients, moments, activations, rest }: MemoryBound,
): string {
  const list = [
    `weights ${formatBytes(weights)}`,
    `gradients ${formatBytes(gradients)}`,
    `moments ${formatBytes(moments)}`,
    `activations ${formatBytes(activations)}`,
    `the rest ${formatBytes(rest)}`,
  ];
  return `Memory: at most ${formatBytes(total)} on the device (${list.join(", ")})`;
}
