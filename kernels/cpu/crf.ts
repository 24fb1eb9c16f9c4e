import type { CpuKernel } from "./kernel.ts";

/** Elements of a row of a thread's workspace: whole cache lines, as in `assembly/lanes.ts`. */
function padded(columns: number): number {
  return columns + 15 & ~15;
}

/** Forward sums of a linear chain, a sequence at a time, and their loss. */
export const crf: CpuKernel = {
  // The scores, and four rows.
  scratch: ({ uniforms: { tags } }, threads) => ({ workspace: threads * (tags + 6) * padded(tags) }),
  passes: ({ uniforms: { sequences } }) => [
    { kernel: "crf", tasks: sequences },
    { kernel: "crfLoss", tasks: 1 },
  ],
};

/** Gradients of a linear chain: of emissions a sequence at a time, of scores a row at a time. */
export const crfBackward: CpuKernel = {
  // The scores, and three rows.
  scratch: ({ uniforms: { rows, tags } }, threads) => ({
    betas: rows * 2 * (tags + 2),
    workspace: threads * (tags + 5) * padded(tags),
  }),
  passes: ({ uniforms: { sequences, tags } }) => [
    { kernel: "crfBackward", tasks: sequences },
    { kernel: "crfBackwardScores", tasks: tags + 2 },
  ],
};
