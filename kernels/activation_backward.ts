import { defineOp, groupsFor } from "./contract.ts";
import { movedElement, numberwise } from "./element.ts";
import source from "./activation_backward.wgsl" with { type: "text" };
import gelu from "./gelu.wgsl" with { type: "text" };

/** `gradient *= activation'(preactivation)`, element by element and in place. */
export const activationBackward = defineOp({
  buffers: {
    gradient: { dtype: "real", shape: ["count"], access: "readWrite" },
    preactivation: { dtype: "real", shape: ["count"], access: "read" },
  },
  uniforms: { count: "u32" },
  constants: ["activation"],
  passes: (call) => {
    const { uniforms: { count }, constants } = call;
    const element = movedElement(count, call);
    return [{
      name: `activationBackward ${element.width}`,
      source: () => {
        const derivative = numberwise(element, "derivativeOf", (x) => `activateDerivative(activation, ${x})`);
        return element.prelude + gelu + derivative + source;
      },
      bindings: ["gradient", "preactivation"],
      constants,
      workgroups: groupsFor(count / element.width, 256),
    }];
  },
});
