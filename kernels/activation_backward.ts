import { defineOp, groupsFor } from "./contract.ts";
import source from "./activation_backward.wgsl" with { type: "text" };
import gelu from "./gelu.wgsl" with { type: "text" };

/** `gradient *= activation'(preactivation)`, element by element and in place. */
export const activationBackward = defineOp({
  buffers: {
    gradient: { dtype: "f32", shape: ["count"], access: "readWrite" },
    preactivation: { dtype: "f32", shape: ["count"], access: "read" },
  },
  uniforms: { count: "u32" },
  constants: ["activation"],
  passes: ({ uniforms, constants }) => [{
    name: "activationBackward",
    source: gelu + source,
    bindings: ["gradient", "preactivation"],
    constants: { ...constants },
    workgroups: groupsFor(uniforms.count, 256),
  }],
});
