import { defineOp } from "./contract.ts";
import reduce from "./reduce.wgsl" with { type: "text" };
import source from "./loss_sum.wgsl" with { type: "text" };

/** `loss[0] += scale * sum of losses`: what the rows of a batch lose becomes the loss of a step. */
export const lossSum = defineOp({
  buffers: {
    losses: { dtype: "f32", shape: ["rows"], access: "read" },
    loss: { dtype: "f32", shape: [1], access: "readWrite" },
  },
  uniforms: { rows: "u32", scale: "f32" },
  constants: [],
  passes: () => [{
    name: "loss_sum",
    source: () => reduce + source,
    bindings: ["losses", "loss"],
    workgroups: 1,
  }],
});
