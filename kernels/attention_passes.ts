/** What all kinds of attention share: sizes, buffers, and passes over tiles of rows. */

import { type Call, dropoutConstants, dropoutUniforms, groupsFor, type Pass } from "./contract.ts";
import delta from "./attention_backward_delta.wgsl" with { type: "text" };
import positions from "./attention_positions.wgsl" with { type: "text" };
import tile from "./attention_tile.wgsl" with { type: "text" };
import whole from "./attention_whole.wgsl" with { type: "text" };
import window from "./attention_window.wgsl" with { type: "text" };
import philox from "./philox.wgsl" with { type: "text" };
import { realTypes } from "./reals.ts";
import { unroll } from "./unroll.ts";

export const sizes = {
  tokens: "u32",
  heads: "u32",
  /** Columns of a head: head h occupies columns `h * headSize .. (h + 1) * headSize` of a row. */
  headSize: "u32",
  /** heads * headSize. */
  hidden: "u32",
  /** Factor of the scores, usually 1 / sqrt(headSize). */
  scale: "f32",
} as const;

/** Attention to all tokens of a sequence, or to those in a window. */
export const windowUniforms = {
  ...sizes,
  /** A token attends to no token that is further away than so many others; 0 has no such limit. */
  window: "u32",
  ...dropoutUniforms,
} as const;

/** Attention whose scores know how far tokens are apart. */
export const positionUniforms = {
  ...sizes,
  /** Rows of the positions. */
  buckets: "u32",
  /** An odd number: from as far as tokens are apart at most, negative, to the same, positive. */
  distances: "u32",
  ...dropoutUniforms,
} as const;

export const activation = { dtype: "real", shape: ["tokens", "hidden"] } as const;
/** Query, key and value of each token, as one product makes them. */
export const projections = { dtype: "real", shape: ["tokens", 3, "hidden"] } as const;
/** First row of the sequence that a token belongs to, and the row after its last. */
export const bounds = { dtype: "u32", shape: ["tokens", 2], access: "read" } as const;
/** Of a token and head: the logsumexp of its scaled scores, and backward's delta, rowsum(dOut * out). */
export const stats = { dtype: "f32", shape: ["tokens", "heads", 2] } as const;

/** The pass that computes backward's delta. */
export function deltaPass(call: Call): Pass {
  return {
    name: "attentionBackwardDelta",
    source: () => realTypes(call) + delta,
    bindings: ["out", "dOut", "stats"],
    workgroups: groupsFor(call.uniforms.tokens * call.uniforms.heads, 64),
  };
}

/** Sizes of private arrays cannot be override constants, so they stand in the text. */
export function constantsText(values: Readonly<Record<string, number>>): string {
  return Object.entries(values).map(([name, value]) => `const ${name} = ${value}u;\n`).join("");
}

/** The uniforms as WGSL declares them. */
export function uniformsText(uniforms: Readonly<Record<string, string>>): string {
  return `struct Uniforms { ${
    Object.entries(uniforms).map(([name, type]) => `${name}: ${type}`).join(", ")
  } }\n`;
}

/**
 * A kernel on tiles, rows of one head as attention_tile.wgsl has them. Software adapters get large tiles,
 * since a load costs them much and their registers are memory anyway; on GPUs two rows of a head of 64 are
 * all that registers hold. A call with `positions` gets them behind the other bindings, and the loops over
 * POSITIONS, which are taken out of the text of others.
 */
export function tilePass(call: Call, kernel: { name: string; source: string }, bindings: string): Pass {
  const { tokens, heads, headSize } = call.uniforms;
  const hasPositions = "positions" in call.dtypes;
  const per = call.software ? 4 : 2;
  const groups = call.software && headSize <= 32 ? 2 : 1;
  const threads = call.software ? 8 : 64;
  const names = [...bindings.split(" "), ...hasPositions ? ["positions", "bucketOf"] : []];
  return {
    name: `${kernel.name} ${headSize}`,
    source: () => {
      const span = per + 3;
      const constants = { HEAD_SIZE: headSize, GROUPS: groups, PER: per, THREADS: threads, SPAN: span };
      const counts = {
        GROUPS: groups,
        CHUNKS: Math.ceil(headSize / 4),
        PER: per,
        SPAN: span,
        POSITIONS: Number(hasPositions),
      };
      const element = headSize % 4 === 0
        ? "alias Element = Real4;\nfn element(x: vec4f) -> Element { return Element(x); }\n" +
          "fn widened(e: Element) -> vec4f { return vec4f(e); }\n"
        : "alias Element = Real;\nfn element(x: vec4f) -> Element { return Element(x.x); }\n" +
          "fn widened(e: Element) -> vec4f { return vec4f(f32(e)); }\n";
      const at = names.length - 2;
      const bound = `@group(0) @binding(${at}) var<storage, read> positions: array<Element>;\n` +
        `@group(0) @binding(${at + 1}) var<storage, read> bucketOf: array<u32>;\n`;
      const reach = hasPositions ? bound + positions + whole : window;
      return `${realTypes(call)}${constantsText(constants)}alias Block = mat${per}x4f;\n${element}` +
        uniformsText(hasPositions ? positionUniforms : windowUniforms) + philox +
        unroll(tile + reach + kernel.source, counts);
    },
    bindings: names,
    constants: {
      ...dropoutConstants(call),
      ...hasPositions ? {} : { hasWindow: Number(call.uniforms.window > 0) },
    },
    workgroups: groupsFor(groupsFor(tokens, per * groups) * heads, threads),
  };
}
