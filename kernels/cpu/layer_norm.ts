import { type Call, groupsFor } from "../contract.ts";
import type { CpuKernel, CpuPass } from "./kernel.ts";
import { LAYER_NORM_ROWS, TOTAL_COLUMNS } from "./partition.ts";

/** Elements of a scratch row: whole cache lines. */
function padded(hidden: number): number {
  return Math.ceil(hidden / 16) * 16;
}

/** Keep scales of a row for each thread. */
function factors({ uniforms: { hidden, dropoutThreshold } }: Call, threads: number): number {
  return dropoutThreshold > 0 ? threads * padded(hidden) : 0;
}

/** Dropout, residual and layer normalisation of rows. */
export const layerNorm: CpuKernel = {
  scratch: (call, threads) => ({ factors: factors(call, threads) }),
  passes: ({ uniforms }) => [{ kernel: "layerNorm", tasks: groupsFor(uniforms.rows, LAYER_NORM_ROWS) }],
};

/** The gradients of rows with the parameters' partial sums, then the sums. */
export const layerNormBackward: CpuKernel = {
  scratch: (call, threads) => ({
    factors: factors(call, threads),
    partials: groupsFor(call.uniforms.rows, LAYER_NORM_ROWS) * 2 * padded(call.uniforms.hidden),
  }),
  passes: ({ uniforms: { rows, hidden }, has }) => {
    const passes: CpuPass[] = [{ kernel: "layerNormBackward", tasks: groupsFor(rows, LAYER_NORM_ROWS) }];
    if (has("dGamma") || has("dBeta")) {
      passes.push({ kernel: "layerNormBackwardParameters", tasks: groupsFor(hidden, TOTAL_COLUMNS) });
    }
    return passes;
  },
};
