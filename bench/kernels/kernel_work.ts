/**
 * What an op has to do at least, from its declaration and sizes alone: floating-point operations and bytes.
 *
 * An addition, a product, a quotient, a comparison, an exponential, a root is one FLOP each, a multiply-add
 * two; the integers of Philox count as none. Every buffer is read once and written once: what a kernel reads
 * twice, or keeps in scratch, is its own affair and shows as a lower share of the limit.
 *
 * @module
 */

import { type Dimension, elementsOf, type OpDeclaration } from "../../kernels/contract.ts";
import { type OpName, ops } from "../../kernels/mod.ts";
import type { Work } from "../roofline/roofline.ts";

/** One call of an op, without its data. */
export interface KernelCall {
  readonly op: OpName;
  readonly uniforms: Readonly<Record<string, number>>;
  readonly constants: Readonly<Record<string, number>>;
  /** Names of the buffers that are given. */
  readonly buffers: readonly string[];
  /** Lengths of the sequences, for attention. */
  readonly lengths: readonly number[];
}

/** FLOP of each op. */
const flop: { readonly [N in OpName]: (call: KernelCall) => number } = {
  // A product and a sum an element.
  accumulate: ({ uniforms: { count } }) => 2 * count,
  // gelu'(x) = Phi(x) + x phi(x), with erf as a polynomial of degree 5 over an exponential: about 20.
  activationBackward: ({ uniforms: { count } }) => 20 * count,
  // Clip 1, moments 3 + 4, their corrections 2, root, epsilon and quotient 3, decay and step 4.
  adamw: ({ uniforms: { length } }) => 17 * length,
  // Two products of L x L x headSize a head and sequence, q kT and p v; an exponential and its like: 5 a
  // score.
  attention: (call) => scores(call) * (4 * call.uniforms.headSize + 5),
  // Five products: q kT again, dO vT, then those for dQ, dK and dV; 8 a score in between.
  attentionBackward: (call) => scores(call) * (10 * call.uniforms.headSize + 8),
  // A sum an element.
  columnSums: ({ uniforms: { rows, columns } }) => rows * columns,
  // Two sums, a maximum, a difference, an exponential and a sum a transition.
  crf: ({ uniforms: { rows, tags } }) => 6 * rows * tags * tags,
  // The same on the way back, and of each transition's probability four sums, an exponential, a sum.
  crfBackward: ({ uniforms: { rows, tags } }) => 12 * rows * tags * tags,
  // Difference, exponential, quotient, scale.
  crossEntropyGradient: ({ uniforms: { rows, columns } }) => 4 * rows * columns,
  // Logarithm, sum, difference, sum.
  crossEntropyLoss: ({ uniforms: { rows } }) => 4 * rows,
  // Maximum, difference, exponential, sum.
  crossEntropyStats: ({ uniforms: { rows, columns } }) => 4 * rows * columns,
  // Two more products for the scores, q krT and qr kT, and two sums.
  disentangledAttention: (call) => scores(call) * (8 * call.uniforms.headSize + 7),
  // The same again, and four more products, for dQ, dK, and those of positions.
  disentangledAttentionBackward: (call) => scores(call) * (22 * call.uniforms.headSize + 10),
  // A product an element.
  dropout: ({ uniforms: { rows, columns } }) => rows * columns,
  // The activation, about 20 as below, and a product.
  gatedActivation: ({ uniforms: { rows, columns } }) => 21 * rows * columns,
  // Activation and derivative, and three products.
  gatedActivationBackward: ({ uniforms: { rows, columns } }) => 43 * rows * columns,
  // Moves data.
  gatherRows: () => 0,
  // A sum for each arena, then a root and a quotient.
  gradientClip: ({ uniforms: { slots } }) => slots + 4,
  // A square and a sum.
  gradientNorm: ({ uniforms: { count } }) => 2 * count,
  // Of both sides: quotient, maximum, difference, exponential, sum; then difference, product, sum.
  klDivergence: ({ uniforms: { rows, columns } }) => 13 * rows * columns,
  // Of both sides: quotient, difference, exponential, product; then their difference.
  klDivergenceGradient: ({ uniforms: { rows, columns } }) => 9 * rows * columns,
  // A sum a row.
  lossSum: ({ uniforms: { rows } }) => rows,
  // Dropout and residual 2, mean 1, variance 3, normalising 2, gamma and beta 2.
  layerNorm: ({ uniforms: { rows, hidden } }) => 10 * rows * hidden,
  // Normalising again 2, dY gamma 1, its two means 3, the gradient 4, dropout 1, dGamma and dBeta 3.
  layerNormBackward: ({ uniforms: { rows, hidden } }) => 14 * rows * hidden,
  // m n sums of k products. The epilogue is not counted.
  matmul: ({ uniforms: { m, n, k } }) => 2 * m * n * k,
  // Two products and a sum for each number of queries and keys.
  rotary: ({ uniforms: { tokens, hidden } }) => 6 * tokens * hidden,
  // A sum an element.
  scatterAddRows: ({ uniforms: { count, columns } }) => count * columns,
  // Maximum, difference, exponential, sum, quotient.
  softmax: ({ uniforms: { rows, columns } }) => 5 * rows * columns,
  // Difference, square, sum.
  squaredError: ({ uniforms: { rows, columns } }) => 3 * rows * columns,
  // Difference and product.
  squaredErrorGradient: ({ uniforms: { rows, columns } }) => 2 * rows * columns,
  // Moves bits; f16 is scaled by a product.
  widen: ({ uniforms: { count }, constants: { format = 0 } }) => format === 0 ? count : 0,
};

/** Buffers of which an op touches a part: their shape then. */
const touched: { readonly [N in OpName]?: Readonly<Record<string, readonly Dimension[]>> } = {
  // A stretch of the arena: those with weight decay, and those without, have a call each.
  adamw: {
    parameters: ["length"],
    gradients: ["length"],
    firstMoment: ["length"],
    secondMoment: ["length"],
  },
  // Of values nothing.
  rotary: { qkv: ["tokens", 2, "hidden"] },
  // The rows that are looked up, at most the whole table.
  gatherRows: { table: ["count", "columns"] },
  // A row a group.
  scatterAddRows: { table: ["groups", "columns"] },
};

/** FLOP and bytes of a call. */
export function workOf(call: KernelCall): Work {
  return { flop: flop[call.op](call), bytes: bytesOf(call) };
}

/** Bytes that a call reads and writes at least. */
function bytesOf({ op, uniforms, constants, buffers }: KernelCall): number {
  const declaration: OpDeclaration = ops[op];
  let bytes = 0;
  for (const name of buffers) {
    const { shape, access } = declaration.buffers[name];
    const elements = Math.min(
      elementsOf(shape, uniforms),
      elementsOf(touched[op]?.[name] ?? shape, uniforms),
    );
    bytes += 4 * elements * (access === "readWrite" && buildsOn(op, name, constants) ? 2 : 1);
  }
  return bytes;
}

/** Whether a call reads what a buffer held: with a switch for it, as the switch says. */
function buildsOn(op: OpName, buffer: string, constants: Readonly<Record<string, number>>): boolean {
  switch (op) {
    case "matmul":
    case "columnSums":
    case "gatherRows":
    case "dropout":
    case "squaredErrorGradient":
      return constants.accumulate === 1;
    case "layerNormBackward":
      if (buffer === "dX") return constants.accumulateX === 1;
      if (buffer === "dResidual") return constants.accumulateResidual === 1;
      return true;
    case "crossEntropyStats":
      return constants.first !== 1;
    default:
      return true;
  }
}

/** Scores of all heads and sequences: those in the window, where there is one. */
function scores({ uniforms: { heads, window = 0 }, lengths }: KernelCall): number {
  return heads * lengths.reduce((sum, length) => {
    const reach = Math.min(window || length, length - 1);
    // Each token sees itself and `reach` on both sides, of which the first and the last ones lack some.
    return sum + length * (2 * reach + 1) - reach * (reach + 1);
  }, 0);
}
