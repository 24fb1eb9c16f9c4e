import { defineOp, groupsFor } from "./contract.ts";
import clip from "./gradient_clip.wgsl" with { type: "text" };
import norm from "./gradient_norm.wgsl" with { type: "text" };
import normLast from "./gradient_norm_last.wgsl" with { type: "text" };
import reduce from "./reduce.wgsl" with { type: "text" };

/** Elements that one workgroup squares and adds. */
const BLOCK = 16_384;

/**
 * `sums[slot] = sum of gradients²`: one slot an arena. The order of the sum depends on `count` alone, which
 * is a multiple of 4, as that of an arena is.
 */
export const gradientNorm = defineOp({
  buffers: {
    gradients: { dtype: "f32", shape: ["count"], access: "read" },
    sums: { dtype: "f32", shape: ["slots"], access: "readWrite" },
  },
  uniforms: { count: "u32", slot: "u32", slots: "u32" },
  constants: [],
  scratch: ({ uniforms }) => ({ partials: groupsFor(uniforms.count, BLOCK) }),
  passes: ({ uniforms }) => {
    const blocks = groupsFor(uniforms.count, BLOCK);
    return [
      {
        name: "gradient_norm",
        source: () => reduce + norm,
        bindings: ["gradients:read", "partials"],
        workgroups: blocks,
      },
      {
        name: "gradient_norm_last",
        source: () => reduce + normLast,
        bindings: ["partials:read", "sums"],
        workgroups: 1,
      },
    ];
  },
});

/**
 * From the sums of all arenas: `state = [norm, min(1, maxNorm / (norm + 1e-6)), is the norm not finite, how
 * many were not]`. `maxNorm` 0 does not clip.
 *
 * With `scaling = [scale of the loss, good steps in a row, skipped steps]` the gradients are `scale` times
 * too large: the norm is that without it, and the factor takes it out. A norm that is not finite halves the
 * scale and counts as skipped, and only at a scale of 1 as not finite; 2,000 good steps double it
 * (Micikevicius et al. 2018, arXiv:1710.03740).
 */
export const gradientClip = defineOp({
  buffers: {
    sums: { dtype: "f32", shape: ["slots"], access: "read" },
    state: { dtype: "f32", shape: [4], access: "readWrite" },
    scaling: { dtype: "f32", shape: [3], access: "readWrite", optional: true },
  },
  uniforms: { slots: "u32", maxNorm: "f32" },
  constants: [],
  passes: ({ has }) => [{
    name: "gradient_clip",
    source: () => clip,
    bindings: ["sums", "state", "scaling"],
    constants: { hasScaling: Number(has("scaling")) },
    workgroups: 1,
  }],
});
