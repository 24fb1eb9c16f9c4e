import { type Call, groupsFor } from "../contract.ts";
import type { CpuKernel, CpuPass } from "./kernel.ts";
import { ATTENTION_BLOCK, ATTENTION_ROWS } from "./partition.ts";

/** Attention, a head of a sequence at a time: a tile of its scores is all that is kept. */
export const attention: CpuKernel = {
  scratch: (call, threads) => ({
    workspace: threads * workspaceElements(call, { matrices: 2, tiles: 1, rows: 2 }),
  }),
  passes: (call) => [passOf("attention", call)],
};

/** Gradients of attention, a head of a sequence at a time. */
export const attentionBackward: CpuKernel = {
  scratch: (call, threads) => ({
    workspace: threads * workspaceElements(call, { matrices: 5, tiles: 2, rows: 3 }),
  }),
  passes: (call) => [passOf("attentionBackward", call)],
};

function passOf(kernel: string, { uniforms: { tokens, heads } }: Call): CpuPass {
  return { kernel, tasks: groupsFor(tokens, ATTENTION_BLOCK) * heads };
}

/**
 * Elements of a thread's workspace, as the kernels divide it: matrices `[tokens, headSize]`, tiles
 * `[ATTENTION_ROWS, tokens]` and a row of factors, and rows `[ATTENTION_ROWS, headSize]`.
 */
function workspaceElements(
  { uniforms: { tokens, headSize } }: Call,
  { matrices, tiles, rows }: { matrices: number; tiles: number; rows: number },
): number {
  const columns = (tokens + 15 & ~15) | 16;
  const size = headSize + 3 & ~3;
  return columns * (matrices * size + tiles * ATTENTION_ROWS + 1) + rows * ATTENTION_ROWS * size;
}
