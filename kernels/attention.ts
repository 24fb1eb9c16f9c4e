import { type Call, defineOp, dropoutConstants, dropoutUniforms, groupsFor, type Pass } from "./contract.ts";
import forward from "./attention.wgsl" with { type: "text" };
import backwardDelta from "./attention_backward_delta.wgsl" with { type: "text" };
import backwardKey from "./attention_backward_key.wgsl" with { type: "text" };
import backwardQuery from "./attention_backward_query.wgsl" with { type: "text" };
import tile from "./attention_tile.wgsl" with { type: "text" };
import upstream from "./attention_upstream.wgsl" with { type: "text" };
import philox from "./philox.wgsl" with { type: "text" };
import { realTypes } from "./reals.ts";
import { unroll } from "./unroll.ts";

const uniforms = {
  tokens: "u32",
  heads: "u32",
  /** Columns of a head: head h occupies columns `h * headSize .. (h + 1) * headSize` of a row. */
  headSize: "u32",
  /** heads * headSize. */
  hidden: "u32",
  /** Factor of the scores, usually 1 / sqrt(headSize). */
  scale: "f32",
  /** A token attends to no token that is further away than so many others; 0 has no such limit. */
  window: "u32",
  ...dropoutUniforms,
} as const;

const activation = { dtype: "real", shape: ["tokens", "hidden"] } as const;
/** Query, key and value of each token, as one product makes them. */
const projections = { dtype: "real", shape: ["tokens", 3, "hidden"] } as const;
/** First row of the sequence that a token belongs to, and the row after its last. */
const bounds = { dtype: "u32", shape: ["tokens", 2], access: "read" } as const;
/** Of a token and head: the logsumexp of its scaled scores, and backward's delta, rowsum(dOut * out). */
const stats = { dtype: "f32", shape: ["tokens", "heads", 2] } as const;

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
  uniforms,
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
  uniforms,
  constants: [],
  passes: (call) => [
    {
      name: "attentionBackwardDelta",
      source: () => realTypes(call) + backwardDelta,
      bindings: ["out", "dOut", "stats"],
      workgroups: groupsFor(call.uniforms.tokens * call.uniforms.heads, 64),
    },
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

/**
 * A kernel on tiles, rows of one head as attention_tile.wgsl has them. Software adapters get large tiles,
 * since a load costs them much and their registers are memory anyway; on GPUs two rows of a head of 64 are
 * all that registers hold.
 */
function tilePass(call: Call, kernel: { name: string; source: string }, bindings: string): Pass {
  const { tokens, heads, headSize } = call.uniforms;
  const per = call.software ? 4 : 2;
  const groups = call.software && headSize <= 32 ? 2 : 1;
  const threads = call.software ? 8 : 64;
  return {
    name: `${kernel.name} ${headSize}`,
    source: () => {
      // Sizes of private arrays and element types of bindings cannot be override constants, so they stand in
      // the text.
      const constants = Object.entries({ HEAD_SIZE: headSize, GROUPS: groups, PER: per, THREADS: threads })
        .map(([name, value]) => `const ${name} = ${value}u;\n`).join("");
      const sizes = { GROUPS: groups, CHUNKS: Math.ceil(headSize / 4), PER: per };
      const element = headSize % 4 === 0
        ? "alias Element = Real4;\nfn element(x: vec4f) -> Element { return Element(x); }\n" +
          "fn widened(e: Element) -> vec4f { return vec4f(e); }\n"
        : "alias Element = Real;\nfn element(x: vec4f) -> Element { return Element(x.x); }\n" +
          "fn widened(e: Element) -> vec4f { return vec4f(f32(e)); }\n";
      return `${realTypes(call)}${constants}alias Block = mat${per}x4f;\n${element}` + philox +
        unroll(tile + kernel.source, sizes);
    },
    bindings: bindings.split(" "),
    constants: { ...dropoutConstants(call), hasWindow: Number(call.uniforms.window > 0) },
    workgroups: groupsFor(groupsFor(tokens, per * groups) * heads, threads),
  };
}
