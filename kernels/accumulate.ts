import { defineOp, groupsFor } from "./contract.ts";
import { movedElement } from "./element.ts";
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
    const element = movedElement(count, call, "x");
    return [{
      name: `accumulate ${element.width}`,
      source: () => element.prelude + source,
      bindings: ["x", "into"],
      workgroups: groupsFor(count / element.width, 64),
    }];
  },
});
