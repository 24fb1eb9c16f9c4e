import { defineOp } from "./contract.ts";
import { FLOATS, movedElement } from "./element.ts";
import { rowPass, streamingPass } from "./rows.ts";
import forward from "./kl_divergence.wgsl" with { type: "text" };
import gradient from "./kl_divergence_gradient.wgsl" with { type: "text" };
import rowsPrelude from "./rows.wgsl" with { type: "text" };

const matrix = { dtype: "f32", shape: ["rows", "columns"] } as const;
const statistics = { dtype: "f32", shape: ["rows", 4] } as const;

/**
 * How far the distribution of each row of logits is from that of the same row of targets, both softened by a
 * temperature: `losses = KL(softmax(targets / T) || softmax(logits / T))` in nats (Hinton et al. 2015,
 * arXiv:1503.02531). `stats` has maximum and sum of exponentials relative to it, of `logits / T` and of
 * `targets / T`.
 */
export const klDivergence = defineOp({
  buffers: {
    logits: { ...matrix, access: "read" },
    targets: { ...matrix, access: "read" },
    stats: { ...statistics, access: "write" },
    losses: { dtype: "f32", shape: ["rows"], access: "write" },
  },
  uniforms: { rows: "u32", columns: "u32", temperature: "f32" },
  constants: [],
  passes: (call) => {
    const { rows, columns } = call.uniforms;
    const element = movedElement(columns, FLOATS);
    const { constants, workgroups } = rowPass(rows, call);
    return [{
      name: `kl_divergence ${element.width}`,
      source: () => element.prelude + rowsPrelude + forward,
      bindings: ["logits", "targets", "stats", "losses"],
      constants,
      workgroups,
    }];
  },
});

/**
 * `dLogits = scale / T * (softmax(logits / T) - softmax(targets / T))`. With `scaling` of `gradientClip` it is
 * `scaling[0]` times that. Logits are f32 whatever dLogits is.
 */
export const klDivergenceGradient = defineOp({
  buffers: {
    logits: { ...matrix, access: "read" },
    targets: { ...matrix, access: "read" },
    stats: { ...statistics, access: "read" },
    dLogits: { ...matrix, dtype: "real", access: "write" },
    scaling: { dtype: "f32", shape: [3], access: "read", optional: true },
  },
  uniforms: { rows: "u32", columns: "u32", temperature: "f32", scale: "f32" },
  constants: [],
  passes: (call) => {
    const { rows, columns } = call.uniforms;
    const element = movedElement(columns, call);
    const { constants, workgroups } = streamingPass(rows);
    return [{
      name: `kl_divergence_gradient ${element.width}`,
      source: () => element.prelude + gradient,
      bindings: ["logits", "targets", "stats", "dLogits", "scaling"],
      constants: { ...constants, hasScaling: Number(call.has("scaling")) },
      workgroups,
    }];
  },
});
