import { defineOp, groupsFor } from "./contract.ts";
import { elementOf } from "./element.ts";
import source from "./accumulate.wgsl" with { type: "text" };

/** `into += factor * x`. */
export const accumulate = defineOp({
  buffers: {
    x: { dtype: "f32", shape: ["count"], access: "read" },
    into: { dtype: "f32", shape: ["count"], access: "readWrite" },
  },
  uniforms: { count: "u32", factor: "f32" },
  constants: [],
  passes: ({ uniforms: { count } }) => {
    const { width, prelude } = elementOf(count);
    return [{
      name: `accumulate ${width}`,
      source: prelude + source,
      bindings: ["x", "into"],
      workgroups: groupsFor(count / width, 64),
    }];
  },
});
