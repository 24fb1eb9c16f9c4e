import { type Call, groupsFor } from "./contract.ts";

/** Threads of a workgroup of the kernels over rows. */
const THREADS = 64;

/** Threads that share a row on a GPU, or wherever they need not meet: with vec4f they read 256 bytes side by side. */
const LANES = 16;

/** The constant and the grid of a kernel with the prelude rows.wgsl, whose threads put together what they found. */
export function rowPass(
  rows: number,
  { software }: Call,
): { constants: { lanes: number }; workgroups: number } {
  const lanes = software ? 1 : LANES;
  return { constants: { lanes }, workgroups: groupsFor(rows, THREADS / lanes) };
}

/** The grid of a kernel whose threads, 16 a row, need not meet. */
export function streamingGroups(rows: number): number {
  return groupsFor(rows, THREADS / LANES);
}
