import { defineOp } from "./contract.ts";
import reduce from "./reduce.wgsl" with { type: "text" };
import source from "./softmax.wgsl" with { type: "text" };

/** `y[r, c] = exp(x[r, c] - max_c x[r, c]) / sum_c ...`: each row becomes a distribution. */
export const softmax = defineOp({
  buffers: {
    x: { dtype: "f32", shape: ["rows", "columns"], access: "read" },
    y: { dtype: "f32", shape: ["rows", "columns"], access: "write" },
  },
  uniforms: { rows: "u32", columns: "u32" },
  constants: [],
  passes: ({ uniforms }) => [{
    name: "softmax",
    source: reduce + source,
    bindings: ["x", "y"],
    workgroups: uniforms.rows,
  }],
});
