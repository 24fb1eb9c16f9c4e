import { defineOp } from "./contract.ts";
import { movedElement } from "./element.ts";
import { rowPass } from "./rows.ts";
import online from "./online_softmax.wgsl" with { type: "text" };
import rows from "./rows.wgsl" with { type: "text" };
import source from "./softmax.wgsl" with { type: "text" };

/** `y[r, c] = exp(x[r, c] - max_c x[r, c]) / sum_c ...`: each row becomes a distribution. */
export const softmax = defineOp({
  buffers: {
    x: { dtype: "real", shape: ["rows", "columns"], access: "read" },
    y: { dtype: "real", shape: ["rows", "columns"], access: "write" },
  },
  uniforms: { rows: "u32", columns: "u32" },
  constants: [],
  passes: (call) => {
    const { uniforms } = call;
    const element = movedElement(uniforms.columns, call);
    return [{
      name: `softmax ${element.width}`,
      source: () => element.prelude + online + rows + source,
      bindings: ["x", "y"],
      ...rowPass(uniforms.rows, call),
    }];
  },
});
