import { defineOp, groupsFor } from "./contract.ts";
import { movedElement } from "./element.ts";
import { rowPass } from "./rows.ts";
import forward from "./squared_error.wgsl" with { type: "text" };
import gradient from "./squared_error_gradient.wgsl" with { type: "text" };
import rowsPrelude from "./rows.wgsl" with { type: "text" };

const matrix = { dtype: "real", shape: ["rows", "columns"] } as const;

/** The squared distance of each row from the same row of targets: `losses = sum over columns of (x - target)²`. */
export const squaredError = defineOp({
  buffers: {
    x: { ...matrix, access: "read" },
    targets: { ...matrix, access: "read" },
    losses: { dtype: "f32", shape: ["rows"], access: "write" },
  },
  uniforms: { rows: "u32", columns: "u32" },
  constants: [],
  passes: (call) => {
    const { rows, columns } = call.uniforms;
    const element = movedElement(columns, call);
    const { constants, workgroups } = rowPass(rows, call);
    return [{
      name: `squared_error ${element.width}`,
      source: () => element.prelude + rowsPrelude + forward,
      bindings: ["x", "targets", "losses"],
      constants,
      workgroups,
    }];
  },
});

/**
 * `dX = 2 * scale * (x - target)`, and `+ dX` when `accumulate` is set. With `scaling` of `gradientClip` it is
 * `scaling[0]` times that.
 */
export const squaredErrorGradient = defineOp({
  buffers: {
    x: { ...matrix, access: "read" },
    targets: { ...matrix, access: "read" },
    dX: { ...matrix, access: "readWrite" },
    scaling: { dtype: "f32", shape: [3], access: "read", optional: true },
  },
  uniforms: { rows: "u32", columns: "u32", scale: "f32" },
  constants: ["accumulate"],
  passes: (call) => {
    const { uniforms: { rows, columns }, constants } = call;
    const element = movedElement(rows * columns, call);
    return [{
      name: `squared_error_gradient ${element.width}`,
      source: () => element.prelude + gradient,
      bindings: ["x", "targets", "dX", "scaling"],
      constants: { ...constants, hasScaling: Number(call.has("scaling")) },
      workgroups: groupsFor(rows * columns / element.width, 64),
    }];
  },
});
