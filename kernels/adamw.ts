import { defineOp, groupsFor } from "./contract.ts";
import source from "./adamw.wgsl" with { type: "text" };

/**
 * One AdamW step for the elements `start .. start + length` of an arena, with the clip factor and the finite
 * flag of `gradientClip` in `state`. `correction1` is 1 - beta1^t, `correction2` 1 - beta2^t. Count, start
 * and length are multiples of 4, as those of arenas are.
 */
export const adamw = defineOp({
  buffers: {
    parameters: { dtype: "f32", shape: ["count"], access: "readWrite" },
    gradients: { dtype: "f32", shape: ["count"], access: "read" },
    firstMoment: { dtype: "f32", shape: ["count"], access: "readWrite" },
    secondMoment: { dtype: "f32", shape: ["count"], access: "readWrite" },
    state: { dtype: "f32", shape: [4], access: "read" },
  },
  uniforms: {
    count: "u32",
    start: "u32",
    length: "u32",
    learningRate: "f32",
    beta1: "f32",
    beta2: "f32",
    epsilon: "f32",
    weightDecay: "f32",
    correction1: "f32",
    correction2: "f32",
  },
  constants: [],
  passes: ({ uniforms }) => [{
    name: "adamw",
    source: () => source,
    bindings: ["parameters", "gradients", "firstMoment", "secondMoment", "state"],
    workgroups: groupsFor(uniforms.length, 1024),
  }],
});
