import { defineOp, groupsFor } from "./contract.ts";
import gelu from "./gelu.wgsl" with { type: "text" };
import source from "./matmul.wgsl" with { type: "text" };

/**
 * `c = activation(a · b + bias) + residual`, and `+ c` when `accumulate` is set.
 *
 * `transposeA` means that a is stored `[k, m]`, `transposeB` that b is stored `[n, k]`. `preactivation` receives
 * `a · b + bias`, which the backward pass of the activation needs.
 */
export const matmul = defineOp({
  buffers: {
    a: { dtype: "f32", shape: ["m", "k"], access: "read" },
    b: { dtype: "f32", shape: ["k", "n"], access: "read" },
    bias: { dtype: "f32", shape: ["n"], access: "read", optional: true },
    residual: { dtype: "f32", shape: ["m", "n"], access: "read", optional: true },
    c: { dtype: "f32", shape: ["m", "n"], access: "readWrite" },
    preactivation: { dtype: "f32", shape: ["m", "n"], access: "write", optional: true },
  },
  uniforms: { m: "u32", n: "u32", k: "u32" },
  constants: ["transposeA", "transposeB", "accumulate", "activation"],
  passes: ({ uniforms: { m, n }, constants, has }) => [{
    name: "matmul",
    source: gelu + source,
    bindings: ["a", "b", "bias", "residual", "c", "preactivation"],
    constants: {
      ...constants,
      hasBias: Number(has("bias")),
      hasResidual: Number(has("residual")),
      hasPreactivation: Number(has("preactivation")),
    },
    workgroups: groupsFor(m, 16) * groupsFor(n, 16),
  }],
});
