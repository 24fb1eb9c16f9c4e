import { defineOp } from "./contract.ts";
import { movedElement } from "./element.ts";
import { rowPass, streamingPass } from "./rows.ts";
import gradient from "./cross_entropy_gradient.wgsl" with { type: "text" };
import loss from "./cross_entropy_loss.wgsl" with { type: "text" };
import online from "./online_softmax.wgsl" with { type: "text" };
import reduce from "./reduce.wgsl" with { type: "text" };
import rowsPrelude from "./rows.wgsl" with { type: "text" };
import stats from "./cross_entropy_stats.wgsl" with { type: "text" };

const rows = { dtype: "i32", shape: ["rows"], access: "read" } as const;
const matrix = { dtype: "f32", shape: ["rows", "columns"] } as const;
const statistics = { dtype: "f32", shape: ["rows", 3] } as const;

/**
 * Merges the columns `firstColumn .. firstColumn + columns` of each row into its statistics: running maximum,
 * sum of exponentials relative to it, and the logit of the label. `first` starts the statistics over. Logits
 * of a large vocabulary come chunk by chunk and never exist as a whole.
 */
export const crossEntropyStats = defineOp({
  buffers: {
    logits: { ...matrix, access: "read" },
    labels: rows,
    stats: { ...statistics, access: "readWrite" },
  },
  uniforms: { rows: "u32", columns: "u32", firstColumn: "u32" },
  constants: ["first"],
  passes: (call) => {
    const { uniforms, constants } = call;
    const element = movedElement(uniforms.columns, call);
    const { constants: lanes, workgroups } = rowPass(uniforms.rows, call);
    return [{
      name: `cross_entropy_stats ${element.width}`,
      source: () => element.prelude + online + rowsPrelude + stats,
      bindings: ["logits", "labels", "stats"],
      constants: { ...constants, ...lanes },
      workgroups,
    }];
  },
});

/**
 * `loss[0] += scale * sum (log(sum of exp) - logit of the label)` over the rows whose label is not negative.
 */
export const crossEntropyLoss = defineOp({
  buffers: {
    stats: { ...statistics, access: "read" },
    labels: rows,
    loss: { dtype: "f32", shape: [1], access: "readWrite" },
  },
  uniforms: { rows: "u32", scale: "f32" },
  constants: [],
  passes: () => [{
    name: "cross_entropy_loss",
    source: () => reduce + loss,
    bindings: ["stats", "labels", "loss"],
    workgroups: 1,
  }],
});

/**
 * `dLogits = scale * (softmax(logits) - onehot(label))` of a chunk of columns, 0 in ignored rows. With
 * `scaling` of `gradientClip` it is `scaling[0]` times that. Logits are f32 whatever dLogits is.
 */
export const crossEntropyGradient = defineOp({
  buffers: {
    logits: { ...matrix, access: "read" },
    labels: rows,
    stats: { ...statistics, access: "read" },
    dLogits: { ...matrix, dtype: "real", access: "write" },
    scaling: { dtype: "f32", shape: [3], access: "read", optional: true },
  },
  uniforms: { rows: "u32", columns: "u32", firstColumn: "u32", scale: "f32" },
  constants: [],
  passes: (call) => {
    const { uniforms } = call;
    const element = movedElement(uniforms.columns, call);
    const { constants: lanes, workgroups } = streamingPass(uniforms.rows);
    return [{
      name: `cross_entropy_gradient ${element.width}`,
      source: () => element.prelude + gradient,
      bindings: ["logits", "labels", "stats", "dLogits", "scaling"],
      constants: { ...lanes, hasScaling: Number(call.has("scaling")) },
      workgroups,
    }];
  },
});
