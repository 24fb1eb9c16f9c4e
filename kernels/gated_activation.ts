import { type Call, defineOp, groupsFor } from "./contract.ts";
import { movedElement, numberwise } from "./element.ts";
import source from "./gated_activation.wgsl" with { type: "text" };
import backward from "./gated_activation_backward.wgsl" with { type: "text" };
import gelu from "./gelu.wgsl" with { type: "text" };

const uniforms = { rows: "u32", columns: "u32" } as const;
/** Of each row what is activated, then its gate. */
const halves = { dtype: "real", shape: ["rows", 2, "columns"] } as const;
const products = { dtype: "real", shape: ["rows", "columns"] } as const;

/** `y = activation(x[0]) * x[1]` of the two halves of each row (Shazeer 2020, arXiv:2002.05202). */
export const gatedActivation = defineOp({
  buffers: { x: { ...halves, access: "read" }, y: { ...products, access: "write" } },
  uniforms,
  constants: ["activation"],
  passes: (call) => [{ ...passOf("gatedActivation", call, source), bindings: ["x", "y"] }],
});

/** The gradient of {@linkcode gatedActivation}: of what is activated, then of its gate. */
export const gatedActivationBackward = defineOp({
  buffers: {
    x: { ...halves, access: "read" },
    dY: { ...products, access: "read" },
    dX: { ...halves, access: "write" },
  },
  uniforms,
  constants: ["activation"],
  passes: (call) => [{ ...passOf("gatedActivationBackward", call, backward), bindings: ["x", "dY", "dX"] }],
});

function passOf(name: string, call: Call, source: string) {
  const { uniforms: { rows, columns }, constants } = call;
  const element = movedElement(columns, call);
  return {
    name: `${name} ${element.width}`,
    source: () => {
      const value = numberwise(element, "valueOf", (x) => `activate(activation, ${x})`);
      const derivative = numberwise(element, "derivativeOf", (x) => `activateDerivative(activation, ${x})`);
      return element.prelude + gelu + value + derivative + source;
    },
    constants,
    workgroups: groupsFor(rows * columns / element.width, 64),
  };
}
