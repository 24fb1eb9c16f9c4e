import { type Call, defineOp, groupsFor } from "./contract.ts";
import gelu from "./gelu.wgsl" with { type: "text" };
import { matmulOperands } from "./matmul_operands.ts";
import source from "./matmul.wgsl" with { type: "text" };

/** Rows and columns of the tile of outputs that one thread of matmul.wgsl computes, and threads a workgroup. */
const TILE = 24;
const THREADS = 8;

/**
 * `c = activation(a · b + bias + residual)`, and `+ c` when `accumulate` is set.
 *
 * `transposeA` means that a is stored `[k, m]`, `transposeB` that b is stored `[n, k]`. `preactivation` receives
 * `a · b + bias + residual`, which the backward pass of the activation needs. Of f16 operands c may be f32, as the gradient
 * of a weight is, and logits.
 */
export const matmul = defineOp({
  buffers: {
    a: { dtype: "real", shape: ["m", "k"], access: "read" },
    b: { dtype: "real", shape: ["k", "n"], access: "read" },
    bias: { dtype: "f32", shape: ["n"], access: "read", optional: true },
    residual: { dtype: "real", shape: ["m", "n"], access: "read", optional: true },
    c: { dtype: "anyReal", shape: ["m", "n"], access: "readWrite" },
    preactivation: { dtype: "real", shape: ["m", "n"], access: "write", optional: true },
  },
  uniforms: { m: "u32", n: "u32", k: "u32" },
  constants: ["transposeA", "transposeB", "accumulate", "activation"],
  scratch: (call) => ({ product: workgroupsOf(call) * THREADS * TILE * TILE }),
  passes: (call) => {
    const { uniforms: { m, n, k }, constants, has } = call;
    const widths = {
      a: (constants.transposeA ? m : k) % 4 === 0,
      b: (constants.transposeB ? k : n) % 4 === 0,
      c: n % 4 === 0,
    };
    return [{
      name: `matmul ${Object.values(widths).map((wide) => wide ? 4 : 1).join("")}`,
      source: matmulOperands(widths, call) + gelu + source,
      bindings: ["a", "b", "bias", "residual", "c", "preactivation", "product"],
      constants: {
        ...constants,
        hasBias: Number(has("bias")),
        hasResidual: Number(has("residual")),
        hasPreactivation: Number(has("preactivation")),
      },
      workgroups: workgroupsOf(call),
    }];
  },
});

function workgroupsOf({ uniforms: { m, n } }: Call): number {
  return groupsFor(groupsFor(m, TILE) * groupsFor(n, TILE), THREADS);
}
