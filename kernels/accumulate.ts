import { defineOp, groupsFor } from "./contract.ts";
import { elementOf } from "./element.ts";
import source from "./accumulate.wgsl" with { type: "text" };

/** `into += factor * x`: into a cleared buffer of another element type a conversion. */
export const accumulate = defineOp({
  buffers: {
    x: { dtype: "anyReal", shape: ["count"], access: "read" },
    into: { dtype: "real", shape: ["count"], access: "readWrite" },
  },
  uniforms: { count: "u32", factor: "f32" },
  constants: [],
  passes: (call) => {
    const { count } = call.uniforms;
    const { width, prelude } = elementOf(count, call, "x");
    return [{
      name: `accumulate ${width}`,
      source: prelude + source,
      bindings: ["x", "into"],
      workgroups: groupsFor(count / width, 64),
    }];
  },
});
