import { defineOp, groupsFor } from "./contract.ts";
import source from "./column_sums.wgsl" with { type: "text" };

/** `sums[c] = sum over rows of x[r, c]`, and `+ sums[c]` when `accumulate` is set: the gradient of a bias. */
export const columnSums = defineOp({
  buffers: {
    x: { dtype: "f32", shape: ["rows", "columns"], access: "read" },
    sums: { dtype: "f32", shape: ["columns"], access: "readWrite" },
  },
  uniforms: { rows: "u32", columns: "u32" },
  constants: ["accumulate"],
  passes: ({ uniforms, constants }) => [{
    name: "columnSums",
    source,
    bindings: ["x", "sums"],
    constants: { ...constants },
    workgroups: groupsFor(uniforms.columns, 8),
  }],
});
