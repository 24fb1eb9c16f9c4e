import {
  activation,
  bounds,
  constantsText,
  deltaPass,
  positionUniforms,
  projections,
  stats,
  tilePass,
  uniformsText,
} from "./attention_passes.ts";
import { defineOp, dropoutConstants } from "./contract.ts";
import forward from "./attention.wgsl" with { type: "text" };
import backwardKey from "./attention_backward_key.wgsl" with { type: "text" };
import backwardQuery from "./attention_backward_query.wgsl" with { type: "text" };
import upstream from "./attention_upstream.wgsl" with { type: "text" };
import backwardPositions from "./disentangled_attention_positions.wgsl" with { type: "text" };
import philox from "./philox.wgsl" with { type: "text" };
import { realTypes } from "./reals.ts";
import { rowPass } from "./rows.ts";
import rows from "./rows.wgsl" with { type: "text" };

/** Query and key of each bucket of distances, as the products of tokens make them. */
const positions = { dtype: "real", shape: ["buckets", 2, "hidden"] } as const;
/**
 * The bucket of each distance, row minus key, from `-(distances - 1) / 2` on; neighbours have the same or the
 * next one.
 */
const bucketOf = { dtype: "u32", shape: ["distances"], access: "read" } as const;

/**
 * Attention that is told apart into contents and positions (He et al. 2021, arXiv:2006.03654): as
 * `attention`, but the score of row i and key j is `scale * (query_i · key_j + query_i · key_p + query_p ·
 * key_j)`, p being the bucket of their distance i - j. No two tokens of a sequence may be further apart than
 * `distances` says.
 */
export const disentangledAttention = defineOp({
  buffers: {
    qkv: { ...projections, access: "read" },
    positions: { ...positions, access: "read" },
    bucketOf,
    bounds,
    out: { ...activation, access: "write" },
    stats: { ...stats, access: "write" },
  },
  uniforms: positionUniforms,
  constants: [],
  passes: (call) => [
    tilePass(call, { name: "disentangledAttention", source: forward }, "qkv bounds out stats"),
  ],
});

/**
 * Gradients of {@linkcode disentangledAttention} from `dOut`, of queries, keys and values as those of
 * `attention`, and of positions, each of which sums over the pairs of tokens that are so far apart.
 */
export const disentangledAttentionBackward = defineOp({
  buffers: {
    qkv: { ...projections, access: "read" },
    positions: { ...positions, access: "read" },
    bucketOf,
    /** The first distance of each bucket, counted as in `bucketOf`, and the one after its last. */
    rangeOf: { dtype: "u32", shape: ["buckets", 2], access: "read" },
    out: { ...activation, access: "read" },
    dOut: { ...activation, access: "read" },
    bounds,
    stats: { ...stats, access: "readWrite" },
    dQkv: { ...projections, access: "write" },
    dPositions: { ...positions, access: "write" },
  },
  uniforms: positionUniforms,
  constants: [],
  passes: (call) => {
    const { heads, headSize, buckets } = call.uniforms;
    const { constants, workgroups } = rowPass(buckets * heads, call);
    const bindings = "qkv dOut bounds stats:read dQkv";
    return [
      deltaPass(call),
      tilePass(
        call,
        { name: "disentangledAttentionBackwardQuery", source: upstream + backwardQuery },
        bindings,
      ),
      tilePass(call, { name: "disentangledAttentionBackwardKey", source: upstream + backwardKey }, bindings),
      {
        name: `disentangledAttentionPositions ${headSize}`,
        source: () =>
          realTypes(call) + constantsText({ HEAD_SIZE: headSize }) +
          uniformsText(positionUniforms) + philox + rows + backwardPositions,
        bindings: ["qkv", "positions", "rangeOf", "dOut", "bounds", "stats:read", "dPositions"],
        constants: { ...constants, ...dropoutConstants(call) },
        workgroups,
      },
    ];
  },
});
