import { defineOp, groupsFor } from "./contract.ts";
import { elementOf } from "./element.ts";
import source from "./column_sums.wgsl" with { type: "text" };

/** `sums[c] = sum over rows of x[r, c]`, and `+ sums[c]` when `accumulate` is set: the gradient of a bias. */
export const columnSums = defineOp({
  buffers: {
    x: { dtype: "real", shape: ["rows", "columns"], access: "read" },
    sums: { dtype: "f32", shape: ["columns"], access: "readWrite" },
  },
  uniforms: { rows: "u32", columns: "u32" },
  constants: ["accumulate"],
  passes: (call) => {
    const { uniforms: { columns }, constants } = call;
    const { width, prelude } = elementOf(columns, call);
    return [{
      name: `columnSums ${width}`,
      source: prelude + source,
      bindings: ["x", "sums"],
      constants,
      workgroups: groupsFor(columns / width, 8),
    }];
  },
});
