import { defineOp, dropoutConstants, dropoutUniforms, groupsFor, type Pass } from "./contract.ts";
import { FLOATS, keepElement, movedElement } from "./element.ts";
import source from "./layer_norm.wgsl" with { type: "text" };
import backwardRows from "./layer_norm_backward.wgsl" with { type: "text" };
import backwardBlocks from "./layer_norm_backward_blocks.wgsl" with { type: "text" };
import backwardParameters from "./layer_norm_backward_parameters.wgsl" with { type: "text" };
import philox from "./philox.wgsl" with { type: "text" };
import { blockRows, blockSums, blockSumsGroups, rowBlocks } from "./row_blocks.ts";
import { rowPass } from "./rows.ts";
import rowsPrelude from "./rows.wgsl" with { type: "text" };

const uniforms = { rows: "u32", hidden: "u32", epsilon: "f32", ...dropoutUniforms } as const;

/**
 * `y = LayerNorm(dropout(x) + residual)` over each row (Ba, Kiros and Hinton 2016, arXiv:1607.06450).
 *
 * Without `beta` nothing is added (Xu et al. 2019, arXiv:1911.07013). For the backward pass `sum` receives
 * what was normalised and `stats` its mean and 1 / standard deviation.
 */
export const layerNorm = defineOp({
  buffers: {
    x: { dtype: "real", shape: ["rows", "hidden"], access: "read" },
    residual: { dtype: "real", shape: ["rows", "hidden"], access: "read", optional: true },
    gamma: { dtype: "f32", shape: ["hidden"], access: "read" },
    beta: { dtype: "f32", shape: ["hidden"], access: "read", optional: true },
    y: { dtype: "real", shape: ["rows", "hidden"], access: "write" },
    sum: { dtype: "real", shape: ["rows", "hidden"], access: "write", optional: true },
    stats: { dtype: "f32", shape: ["rows", 2], access: "write", optional: true },
  },
  uniforms,
  constants: [],
  passes: (call) => {
    const { uniforms: { rows, hidden }, has } = call;
    const element = movedElement(hidden, call);
    const { constants, workgroups } = rowPass(rows, call);
    return [{
      name: `layerNorm ${element.width}`,
      source: () => element.prelude + philox + keepElement(element) + rowsPrelude + source,
      bindings: ["x", "residual", "gamma", "beta", "y", "sum", "stats"],
      constants: {
        ...constants,
        ...dropoutConstants(call),
        hasResidual: Number(has("residual")),
        hasBeta: Number(has("beta")),
        hasSum: Number(has("sum")),
        hasStats: Number(has("stats")),
      },
      workgroups,
    }];
  },
});

/**
 * The gradients of {@linkcode layerNorm} from `dY`: of x (through the dropout mask) and of the residual,
 * added to what was there when `accumulateX` or `accumulateResidual` is set; of gamma and beta, always added.
 */
export const layerNormBackward = defineOp({
  buffers: {
    dY: { dtype: "real", shape: ["rows", "hidden"], access: "read" },
    sum: { dtype: "real", shape: ["rows", "hidden"], access: "read" },
    stats: { dtype: "f32", shape: ["rows", 2], access: "read" },
    gamma: { dtype: "f32", shape: ["hidden"], access: "read" },
    dX: { dtype: "real", shape: ["rows", "hidden"], access: "readWrite", optional: true },
    dResidual: { dtype: "real", shape: ["rows", "hidden"], access: "readWrite", optional: true },
    dGamma: { dtype: "f32", shape: ["hidden"], access: "readWrite", optional: true },
    dBeta: { dtype: "f32", shape: ["hidden"], access: "readWrite", optional: true },
  },
  uniforms,
  constants: ["accumulateX", "accumulateResidual"],
  scratch: ({ uniforms: { rows, hidden }, has }): Record<string, number> =>
    has("dGamma") || has("dBeta") ? { partials: rowBlocks(rows) * 2 * hidden } : {},
  passes: (call) => {
    const { uniforms: { rows, hidden }, constants, has } = call;
    const element = movedElement(hidden, call);
    const passes: Pass[] = [];
    if (has("dX") || has("dResidual")) {
      const { constants: lanes, workgroups } = rowPass(rows, call);
      passes.push({
        name: `layerNormBackward ${element.width}`,
        source: () => element.prelude + philox + keepElement(element) + rowsPrelude + backwardRows,
        bindings: ["dY", "sum", "stats", "gamma", "dX", "dResidual"],
        constants: {
          ...constants,
          ...lanes,
          ...dropoutConstants(call),
          hasDX: Number(has("dX")),
          hasDResidual: Number(has("dResidual")),
        },
        workgroups,
      });
    }
    if (has("dGamma") || has("dBeta")) {
      const length = hidden / element.width;
      passes.push({
        name: `layerNormBackwardBlocks ${element.width}`,
        source: () => element.prelude + blockRows + backwardBlocks,
        bindings: ["dY", "sum", "stats", "partials"],
        workgroups: groupsFor(rowBlocks(rows) * length, 64),
      }, {
        name: `layerNormBackwardParameters ${element.width}`,
        source: () => movedElement(hidden, FLOATS).prelude + blockSums + backwardParameters,
        bindings: ["partials:read", "dGamma", "dBeta"],
        constants: { hasDGamma: Number(has("dGamma")), hasDBeta: Number(has("dBeta")) },
        workgroups: blockSumsGroups(2 * length),
      });
    }
    return passes;
  },
});
