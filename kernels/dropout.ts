import { defineOp, dropoutConstants, dropoutUniforms, groupsFor } from "./contract.ts";
import { keepElement, movedElement } from "./element.ts";
import source from "./dropout.wgsl" with { type: "text" };
import philox from "./philox.wgsl" with { type: "text" };

/**
 * Inverted dropout (Srivastava et al., JMLR 2014): `y = mask * x / (1 - p)`, and `+ y` when `accumulate` is
 * set.
 *
 * It is its own backward pass: the same uniforms draw the same mask for the gradient.
 */
export const dropout = defineOp({
  buffers: {
    x: { dtype: "real", shape: ["rows", "columns"], access: "read" },
    y: { dtype: "real", shape: ["rows", "columns"], access: "readWrite" },
  },
  uniforms: { rows: "u32", columns: "u32", ...dropoutUniforms },
  constants: ["accumulate"],
  passes: (call) => {
    const { uniforms: { rows, columns }, constants } = call;
    const element = movedElement(columns, call);
    return [{
      name: `dropout ${element.width}`,
      source: () => element.prelude + philox + keepElement(element) + source,
      bindings: ["x", "y"],
      constants: { ...constants, ...dropoutConstants(call) },
      workgroups: groupsFor(rows * columns / element.width, 64),
    }];
  },
});
