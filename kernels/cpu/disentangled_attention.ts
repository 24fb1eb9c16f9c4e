import { type Call, groupsFor } from "../contract.ts";
import type { CpuKernel } from "./kernel.ts";
import { ATTENTION_BLOCK, ATTENTION_ROWS, DISTANCE_ROWS } from "./partition.ts";

/** Disentangled attention, a head of a sequence at a time. */
export const disentangledAttention: CpuKernel = {
  scratch: (call, threads) => ({
    workspace: threads * workspaceElements(call, { matrices: 3, tables: 3, groups: 1, tiles: 1, rows: 2 }),
  }),
  passes: ({ uniforms: { tokens, heads } }) => [
    { kernel: "disentangledAttention", tasks: groupsFor(tokens, ATTENTION_BLOCK) * heads },
  ],
};

/** Its gradients, a head at a time: all sequences add to the gradients of its positions. */
export const disentangledAttentionBackward: CpuKernel = {
  scratch: (call, threads) => ({
    workspace: threads * workspaceElements(call, { matrices: 6, tables: 7, groups: 2, tiles: 2, rows: 4 }),
  }),
  passes: ({ uniforms: { heads } }) => [{ kernel: "disentangledAttentionBackward", tasks: heads }],
};

/**
 * Elements of a thread's workspace, as the kernels divide it: matrices `[tokens, headSize]`, tables of
 * distances, twice as long, groups `[DISTANCE_ROWS, tokens]`, tiles `[ATTENTION_ROWS, tokens]` and a row of
 * factors, and rows `[ATTENTION_ROWS, headSize]`.
 */
function workspaceElements(
  { uniforms: { tokens, headSize } }: Call,
  { matrices, tables, groups, tiles, rows }: {
    matrices: number;
    tables: number;
    groups: number;
    tiles: number;
    rows: number;
  },
): number {
  const columns = (tokens + 15 & ~15) | 16;
  const size = headSize + 3 & ~3;
  return columns * (matrices * size + tiles * ATTENTION_ROWS + 1) + tables * (2 * columns + 16) * size +
    groups * DISTANCE_ROWS * (columns + 32) + rows * ATTENTION_ROWS * size;
}
