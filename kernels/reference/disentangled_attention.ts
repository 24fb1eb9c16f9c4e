import { apart, boundsOf, weightsOf, withDeltas } from "./attention.ts";
import { dropoutOf } from "./philox.ts";
import { type Case, garbage, halves, normal, type Parameters, type WideArrays } from "./proof.ts";

/** out and stats by the definition, in float64. */
export function disentangledAttention(
  { qkv, positions, bucketOf, bounds }: WideArrays,
  parameters: Parameters,
) {
  const { tokens, heads, headSize, hidden, scale, distances } = parameters;
  const { query, key, value } = apart(qkv, hidden);
  const out = new Float64Array(tokens * hidden);
  const stats = new Float64Array(tokens * heads * 2);
  for (let row = 0; row < tokens; row++) {
    const [start, end] = [bounds[row * 2], bounds[row * 2 + 1]];
    for (let head = 0; head < heads; head++) {
      const columns = Array.from({ length: headSize }, (_, c) => head * headSize + c);
      const scores = Array.from({ length: end - start }, (_, position) => {
        const j = start + position;
        const at = bucketOf[row - j + (distances - 1) / 2] * 2 * hidden;
        return scale * columns.reduce((sum, c) => {
          const [q, k] = [query[row * hidden + c], key[j * hidden + c]];
          return sum + q * k + q * positions[at + hidden + c] + positions[at + c] * k;
        }, 0);
      });
      const place = { row: row * heads + head, column: 0 };
      const { weights, logSumExp } = weightsOf(scores, parameters, place);
      stats[place.row * 2] = logSumExp;
      weights.forEach((weight, position) => {
        for (const c of columns) out[row * hidden + c] += weight * value[(start + position) * hidden + c];
      });
    }
  }
  return { out, stats };
}

interface Shape {
  readonly lengths: readonly number[];
  readonly heads: number;
  readonly headSize: number;
  readonly p?: number;
  /** Distances from here on share buckets, two a bucket. Default none. */
  readonly mid?: number;
  /** By how much distances go beyond the longest sequence. */
  readonly spare?: number;
}

/**
 * Lengths around the tiles, blocks of four keys and groups of eight rows, with and without shared buckets.
 * Head sizes are few, since each is a text of its own, which a software adapter compiles for half a minute.
 */
const shapes: readonly Shape[] = [
  { lengths: [1], heads: 2, headSize: 4 },
  { lengths: [1, 1, 2], heads: 1, headSize: 3, p: 0.5 },
  { lengths: [5, 1, 2, 1, 7], heads: 3, headSize: 3, p: 0.1, spare: 3 },
  { lengths: [9, 30], heads: 2, headSize: 4, mid: 4 },
  { lengths: [17, 1, 3], heads: 3, headSize: 12, p: 0.5, mid: 5, spare: 9 },
  { lengths: [1, 3, 17, 64, 65, 130], heads: 2, headSize: 4, mid: 40 },
  { lengths: [70], heads: 2, headSize: 3, p: 0.5, mid: 8 },
];

/** Forward at every shape. */
export function disentangledAttentionCases(): Case[] {
  return shapes.map((shape): Case => {
    const { label, parameters, inputs } = inputsOf(shape);
    const { tokens, heads, hidden } = parameters;
    const { rangeOf: _, ...read } = inputs;
    return {
      op: "disentangledAttention",
      label,
      parameters,
      buffers: { ...read, out: garbage(tokens * hidden), stats: garbage(tokens * heads * 2) },
      expected: (buffers) => disentangledAttention(buffers, parameters),
    };
  });
}

/**
 * Backward at every shape, from the out and logsumexp that forward leaves: derivatives of sum(dOut * out).
 */
export function disentangledAttentionBackwardCases(): Case[] {
  return shapes.map((shape): Case => {
    const { label, parameters, inputs } = inputsOf(shape);
    const { tokens, headSize, hidden, buckets } = parameters;
    const { out, stats } = disentangledAttention(inputs as unknown as WideArrays, parameters);
    return {
      op: "disentangledAttentionBackward",
      label,
      parameters,
      buffers: {
        ...inputs,
        out: Float32Array.from(out),
        dOut: normal(4, tokens * hidden),
        stats: Float32Array.from(stats),
        dQkv: garbage(tokens * 3 * hidden),
        dPositions: garbage(buckets * 2 * hidden),
      },
      expected: ({ out, dOut }) => ({ stats: withDeltas(stats, { out, dOut, headSize }) }),
      derivative: {
        of: (buffers) => {
          const { out } = disentangledAttention(buffers, parameters);
          return out.reduce((sum, value, i) => sum + value * buffers.dOut[i], 0);
        },
        gradients: { dQkv: "qkv", dPositions: "positions" },
      },
    };
  });
}

function inputsOf({ lengths, heads, headSize, p = 0, mid = Infinity, spare = 0 }: Shape) {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const hidden = heads * headSize;
  const reach = Math.max(...lengths) - 1 + spare;
  const bucket = (distance: number) => {
    const far = Math.abs(distance);
    return far <= mid ? distance : Math.sign(distance) * (mid + Math.ceil((far - mid) / 2));
  };
  const bucketOf = Uint32Array.from({ length: 2 * reach + 1 }, (_, i) => bucket(i - reach) - bucket(-reach));
  const buckets = bucketOf[2 * reach] + 1;
  const rangeOf = Uint32Array.from({ length: buckets * 2 }, (_, i) => {
    const number = i >> 1;
    return i % 2 === 0 ? bucketOf.indexOf(number) : bucketOf.lastIndexOf(number) + 1;
  });
  return {
    label: `lengths ${lengths.join(" ")}, ${heads} heads of ${headSize}, dropout ${p}, ${buckets} buckets`,
    parameters: {
      tokens,
      heads,
      headSize,
      hidden,
      scale: Math.fround(1 / Math.sqrt(3 * headSize)),
      buckets,
      distances: 2 * reach + 1,
      ...dropoutOf(p),
    } as Parameters,
    inputs: {
      qkv: halves(1, tokens * 3 * hidden),
      positions: halves(2, buckets * 2 * hidden),
      bucketOf,
      rangeOf,
      bounds: boundsOf(lengths),
    },
  };
}
