import {
  activation,
  bounds,
  deltaPass,
  projections,
  stats,
  tilePass,
  windowUniforms,
} from "./attention_passes.ts";
import { defineOp } from "./contract.ts";
import forward from "./attention.wgsl" with { type: "text" };
import backwardKey from "./attention_backward_key.wgsl" with { type: "text" };
import backwardQuery from "./attention_backward_query.wgsl" with { type: "text" };
import upstream from "./attention_upstream.wgsl" with { type: "text" };

/**
 * `out = dropout(softmax(query · keyᵀ * scale)) · value` for each head, over packed sequences: a token
 * attends to all tokens of its own sequence, in both directions, or to those in a window around it (Beltagy
 * et al. 2020, arXiv:2004.05150), whose tiles alone are computed.
 *
 * The scores never exist as a whole: a running maximum and sum go along over the keys (Dao et al. 2022,
 * arXiv:2205.14135). Dropout draws its bits at row `token * heads + head`, column = position of the key in
 * its sequence. The second number of `stats` is 0 until backward.
 */
export const attention = defineOp({
  buffers: {
    qkv: { ...projections, access: "read" },
    bounds,
    out: { ...activation, access: "write" },
    stats: { ...stats, access: "write" },
  },
  uniforms: windowUniforms,
  constants: [],
  passes: (call) => [
    tilePass(call, { name: "attention", source: forward }, "qkv bounds out stats"),
  ],
});

/**
 * Gradients of {@linkcode attention} from `dOut`: probabilities and dropout bits are computed again, from the
 * logsumexp and from their counters. After delta, one pass goes by query rows (dQuery) and one by key rows
 * (dKey, dValue), so that each gradient has one owner and nothing is added atomically (Dao 2023,
 * arXiv:2307.08691).
 */
export const attentionBackward = defineOp({
  buffers: {
    qkv: { ...projections, access: "read" },
    out: { ...activation, access: "read" },
    dOut: { ...activation, access: "read" },
    bounds,
    stats: { ...stats, access: "readWrite" },
    dQkv: { ...projections, access: "write" },
  },
  uniforms: windowUniforms,
  constants: [],
  passes: (call) => [
    deltaPass(call),
    tilePass(
      call,
      { name: "attentionBackwardQuery", source: upstream + backwardQuery },
      "qkv dOut bounds stats:read dQkv",
    ),
    tilePass(
      call,
      { name: "attentionBackwardKey", source: upstream + backwardKey },
      "qkv dOut bounds stats:read dQkv",
    ),
  ],
});
