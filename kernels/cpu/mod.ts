import type { Op, OpName } from "../mod.ts";
import type { CpuKernel } from "./kernel.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./softmax.ts";

/** The CPU implementation of every op. */
export const kernels: { [N in OpName]: CpuKernel<Op<N>> } = { matmul, softmax };
