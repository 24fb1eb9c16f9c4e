import { dropoutOf, keepScale } from "./philox.ts";
import { type Case, garbage, halves, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Query, key and value, each `[tokens, hidden]`, of qkv `[tokens, 3, hidden]`. */
export function apart(
  qkv: ArrayLike<number>,
  hidden: number,
): Record<"query" | "key" | "value", Float64Array> {
  const part = (index: number) =>
    Float64Array.from(qkv).filter((_, i) => Math.floor(i / hidden) % 3 === index);
  return { query: part(0), key: part(1), value: part(2) };
}

/** The way back from {@linkcode apart}. */
export function together(
  { query, key, value }: Readonly<Record<"query" | "key" | "value", ArrayLike<number>>>,
  hidden: number,
): Float32Array {
  const parts = [query, key, value];
  return Float32Array.from({ length: 3 * query.length }, (_, i) => {
    const block = Math.floor(i / hidden);
    return parts[block % 3][Math.floor(block / 3) * hidden + i % hidden];
  });
}

/**
 * out and stats by the definition, in float64: the scores of a row, their softmax, dropout, the mean of the
 * values.
 */
export function attention({ query, key, value, bounds }: WideArrays, parameters: Parameters) {
  const { tokens, heads, headSize, hidden, scale, window } = parameters;
  const out = new Float64Array(tokens * hidden);
  const stats = new Float64Array(tokens * heads * 2);
  for (let row = 0; row < tokens; row++) {
    for (let head = 0; head < heads; head++) {
      const column = head * headSize;
      const sequence = bounds[row * 2];
      const reach = window || tokens;
      const [start, end] = [
        Math.max(sequence, row - reach),
        Math.min(bounds[row * 2 + 1], row + reach + 1),
      ];
      const scores: number[] = [];
      for (let j = start; j < end; j++) {
        let score = 0;
        for (let c = column; c < column + headSize; c++) {
          score += query[row * hidden + c] * key[j * hidden + c];
        }
        scores.push(scale * score);
      }
      const place = { row: row * heads + head, column: start - sequence };
      const { weights, logSumExp } = weightsOf(scores, parameters, place);
      stats[place.row * 2] = logSumExp;
      weights.forEach((weight, position) => {
        for (let c = column; c < column + headSize; c++) {
          out[row * hidden + c] += weight * value[(start + position) * hidden + c];
        }
      });
    }
  }
  return { out, stats };
}

/**
 * What the values of a row of a head are weighted with: the softmax of its scores, with dropout.
 *
 * @param place the row among those of all heads, and the key of the first score in its sequence
 */
export function weightsOf(
  scores: readonly number[],
  parameters: Parameters,
  place: { readonly row: number; readonly column: number },
): { readonly weights: readonly number[]; readonly logSumExp: number } {
  const largest = Math.max(...scores);
  const logSumExp = largest + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - largest), 0));
  const keep = (position: number) =>
    parameters.dropoutThreshold === 0
      ? 1
      : keepScale(parameters, { row: place.row, column: place.column + position });
  return { weights: scores.map((s, position) => keep(position) * Math.exp(s - logSumExp)), logSumExp };
}

/** The same of what the op takes. */
function ofProjections({ qkv, bounds }: WideArrays, parameters: Parameters) {
  return attention({ ...apart(qkv, parameters.hidden), bounds }, parameters);
}

/** One line of the table: lengths of the packed sequences, heads, and what spreads the scores. */
interface Shape {
  readonly lengths: readonly number[];
  readonly heads: number;
  readonly headSize: number;
  readonly p?: number;
  /** Standard deviation of the scaled scores. */
  readonly spread?: number;
  /** Default 0, none. */
  readonly window?: number;
}

/**
 * Lengths around the tiles and the four keys of a block, alone and packed so that sequences meet inside a
 * tile.
 */
const shapes: readonly Shape[] = [
  { lengths: [1], heads: 1, headSize: 1 },
  { lengths: [1, 1, 1], heads: 1, headSize: 3, p: 0.5 },
  { lengths: [2, 3, 1], heads: 2, headSize: 3, p: 0.5 },
  { lengths: [3], heads: 2, headSize: 4 },
  { lengths: [5, 1, 2, 1, 7], heads: 3, headSize: 5, p: 0.1 },
  { lengths: [6, 11], heads: 2, headSize: 5, p: 0.5, spread: 30 },
  { lengths: [4, 8], heads: 2, headSize: 17 },
  { lengths: [1, 3, 17], heads: 3, headSize: 32 },
  { lengths: [1, 3, 17], heads: 3, headSize: 32, p: 0.1 },
  { lengths: [17, 1, 3], heads: 3, headSize: 32, p: 0.5 },
  { lengths: [9, 30], heads: 2, headSize: 4, spread: 30 },
  { lengths: [33, 6], heads: 2, headSize: 64, p: 0.1 },
  { lengths: [3, 2], heads: 1, headSize: 80 },
  { lengths: [1, 3, 17, 64, 65, 130], heads: 2, headSize: 4 },
  { lengths: [5, 130], heads: 2, headSize: 3, p: 0.5 },
  { lengths: [3, 30, 1], heads: 2, headSize: 5, window: 1 },
  { lengths: [41, 7], heads: 2, headSize: 32, p: 0.5, window: 6 },
  { lengths: [150, 2, 70], heads: 2, headSize: 4, p: 0.1, window: 9, spread: 8 },
  { lengths: [70, 13], heads: 3, headSize: 4, window: 16 },
  { lengths: [9, 20], heads: 2, headSize: 4, window: 64 },
];

/** Forward at every shape. */
export function attentionCases(): Case[] {
  return shapes.map((shape): Case => {
    const { label, parameters, inputs } = inputsOf(shape);
    const { tokens, heads, hidden } = parameters;
    return {
      op: "attention",
      label,
      parameters,
      buffers: { ...inputs, out: garbage(tokens * hidden), stats: garbage(tokens * heads * 2) },
      expected: (buffers) => ofProjections(buffers, parameters),
    };
  });
}

/**
 * Backward at every shape, from the out and logsumexp that forward leaves: derivatives of sum(dOut * out).
 */
export function attentionBackwardCases(): Case[] {
  return shapes.map((shape): Case => {
    const { label, parameters, inputs } = inputsOf(shape);
    const { tokens, headSize, hidden } = parameters;
    const { out, stats } = ofProjections(inputs as unknown as WideArrays, parameters);
    return {
      op: "attentionBackward",
      label,
      parameters,
      buffers: {
        ...inputs,
        out: Float32Array.from(out),
        dOut: normal(4, tokens * hidden),
        stats: Float32Array.from(stats),
        dQkv: garbage(tokens * 3 * hidden),
      },
      expected: ({ out, dOut }) => ({ stats: withDeltas(stats, { out, dOut, headSize }) }),
      derivative: {
        of: (buffers) => {
          const { out } = ofProjections(buffers, parameters);
          return out.reduce((sum, value, i) => sum + value * buffers.dOut[i], 0);
        },
        gradients: { dQkv: "qkv" },
      },
    };
  });
}

/** stats as backward leaves them: beside each logsumexp the product of out and its gradient. */
export function withDeltas(
  stats: Float64Array,
  { out, dOut, headSize }: {
    readonly out: ArrayLike<number>;
    readonly dOut: ArrayLike<number>;
    readonly headSize: number;
  },
): Float64Array {
  return stats.map((logSumExp, i) => i % 2 === 0 ? logSumExp : rowDot(out, dOut, { row: i >> 1, headSize }));
}

/** Sum of the products of a row of a head, of which there are tokens * heads. */
function rowDot(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  at: { row: number; headSize: number },
): number {
  let sum = 0;
  for (let i = at.row * at.headSize; i < (at.row + 1) * at.headSize; i++) sum += a[i] * b[i];
  return sum;
}

function inputsOf({ lengths, heads, headSize, p = 0, spread = 1, window = 0 }: Shape) {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const hidden = heads * headSize;
  return {
    label: `lengths ${
      lengths.join(" ")
    }, ${heads} heads of ${headSize}, dropout ${p}, spread ${spread}, window ${window}`,
    parameters: {
      tokens,
      heads,
      headSize,
      hidden,
      scale: Math.fround(spread / Math.sqrt(headSize)),
      window,
      ...dropoutOf(p),
    } as Parameters,
    inputs: {
      qkv: halves(1, tokens * 3 * hidden),
      bounds: boundsOf(lengths),
    },
  };
}

/** First row and end row of each token's sequence, `[tokens, 2]`. */
export function boundsOf(lengths: readonly number[]): Uint32Array {
  let start = 0;
  return Uint32Array.from(lengths.flatMap((length) => {
    const bounds = [start, start += length];
    return Array.from({ length }, () => bounds).flat();
  }));
}
