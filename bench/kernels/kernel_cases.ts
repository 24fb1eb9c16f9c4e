/**
 * The calls that are measured: every op as a training step of an encoder makes it.
 *
 * @module
 */

import { activations, elementsOf, type OpDeclaration } from "../../kernels/contract.ts";
import { groupByIndex } from "../../kernels/grouping.ts";
import { type OpName, ops } from "../../kernels/mod.ts";
import { dropoutAt, NO_DROPOUT } from "../../src/random/philox.ts";
import { Random } from "../../src/random/random.ts";
import type { HostData } from "../../src/device/device.ts";
import type { KernelCall } from "./kernel_work.ts";

/** A call with its data. */
export interface KernelCase extends KernelCall {
  /** Unique, what `--filter` looks into and what saved runs are matched by. */
  readonly name: string;
  /**
   * Data of a buffer; what is not named here is a buffer of small random numbers, or of zeros where the op
   * writes.
   */
  readonly data: Readonly<Record<string, () => HostData>>;
}

/** An encoder, as wide as its name says. */
interface Encoder {
  readonly name: string;
  readonly hidden: number;
  readonly heads: number;
}

const ENCODERS: readonly Encoder[] = [
  { name: "MiniLM", hidden: 384, heads: 12 },
  { name: "BERT-base", hidden: 768, heads: 12 },
  { name: "BERT-large", hidden: 1024, heads: 16 },
];

/** Sentences that stand one after another. */
interface Batch {
  readonly name: string;
  readonly lengths: readonly number[];
}

const drawLength = new Random(1, "lengths of a batch");
const BATCHES: readonly Batch[] = [
  { name: "16 short", lengths: Array.from({ length: 16 }, () => 10 + drawLength.integer(61)) },
  { name: "2 x 512", lengths: [512, 512] },
];

/** Rows of the table of words that is looked up, and logits of a chunk of the vocabulary. */
const VOCABULARY = 30_522;
const CHUNK = 8192;
/** Tags of nine types of entities in BIO. */
const TAGS = 19;

const dropout = dropoutAt({ seed: 1, microBatch: 0, step: 1, site: 1 }, 0.1);

/** All cases, ops in the order of kernels/mod.ts. */
export function kernelCases(): KernelCase[] {
  const cases = [
    ...ENCODERS.flatMap((encoder) => [
      ...BATCHES.flatMap((batch) => activationCases(encoder, batch)),
      ...weightCases(encoder),
    ]),
    ...BATCHES.flatMap(vocabularyCases),
    ...BATCHES.flatMap(chainCases),
    ...BATCHES.flatMap(taggingCases),
  ];
  const order = Object.keys(ops) as OpName[];
  return order.flatMap((op) => cases.filter((one) => one.op === op));
}

/** What goes over the tokens of a batch. */
function activationCases({ name, hidden, heads }: Encoder, batch: Batch): KernelCase[] {
  const { lengths } = batch;
  const tokens = lengths.reduce((sum, length) => sum + length);
  const wide = 4 * hidden;
  const headSize = hidden / heads;
  const make = caseMaker(`${name}, ${batch.name}`, lengths);
  const attentionSizes = { tokens, heads, headSize, hidden, scale: headSize ** -0.5 };
  const distances = 2 * Math.max(...lengths) - 1;
  const distanceSizes = { buckets: distances, distances };
  const distanceTables = {
    bucketOf: () => Uint32Array.from({ length: distances }, (_, i) => i),
  };
  const rangeOf = () => Uint32Array.from({ length: 2 * distances }, (_, i) => (i + 1) >> 1);
  const bounds = () => Uint32Array.from(boundsOf(lengths).flat());
  // The logsumexp that small scores have, so that probabilities are some.
  const attentionStats = () => {
    const logarithms = boundsOf(lengths).flatMap(([start, end]) =>
      Array.from({ length: heads }, () => [Math.log(end - start) + 0.1, 0])
    );
    return Float32Array.from(logarithms.flat());
  };
  const rowStats = () => Float32Array.from({ length: tokens * 2 }, (_, i) => i % 2 === 0 ? 0 : 1.7);
  const draw = new Random(2, "tokens of a batch");
  const indexes = Uint32Array.from({ length: tokens }, () => draw.integer(VOCABULARY));
  const grouped = groupByIndex(indexes);
  const table = { tableRows: VOCABULARY, firstRow: 0, columns: hidden };
  const linear = (what: string, n: number, k: number, constants = {}, optional: string[] = []) =>
    make("matmul", what, { m: tokens, n, k }, {
      constants: { transposeB: 1, ...constants },
      optional: ["bias", ...optional],
    });
  return [
    linear("hidden to hidden", hidden, hidden),
    linear("hidden to 3 hidden", 3 * hidden, hidden),
    linear("hidden to 4 hidden, GELU", wide, hidden, { activation: activations.gelu }, ["preactivation"]),
    linear("4 hidden to hidden", hidden, wide),
    make("matmul", "gradient of its input", { m: tokens, n: wide, k: hidden }),
    make("matmul", "gradient of its weights", { m: hidden, n: wide, k: tokens }, {
      constants: { transposeA: 1, accumulate: 1 },
    }),
    make("attention", "", { ...attentionSizes, window: 0, ...NO_DROPOUT }, { data: { bounds } }),
    make("attention", "dropout", { ...attentionSizes, window: 0, ...dropout }, { data: { bounds } }),
    make("attentionBackward", "dropout", { ...attentionSizes, window: 0, ...dropout }, {
      data: { bounds, stats: attentionStats },
    }),
    // ModernBERT's, in two of three layers.
    make("attention", "window", { ...attentionSizes, window: 64, ...NO_DROPOUT }, { data: { bounds } }),
    make("attentionBackward", "window", { ...attentionSizes, window: 64, ...NO_DROPOUT }, {
      data: { bounds, stats: attentionStats },
    }),
    make("disentangledAttention", "dropout", { ...attentionSizes, ...distanceSizes, ...dropout }, {
      data: { bounds, ...distanceTables },
    }),
    make("disentangledAttentionBackward", "dropout", { ...attentionSizes, ...distanceSizes, ...dropout }, {
      data: { bounds, ...distanceTables, rangeOf, stats: attentionStats },
    }),
    make("rotary", "", { tokens, heads, headSize, hidden }, {
      data: { turns: () => unitTurns(tokens * headSize) },
    }),
    make("gatedActivation", "GELU", { rows: tokens, columns: wide / 2 }, {
      constants: { activation: activations.gelu },
    }),
    make("gatedActivationBackward", "GELU", { rows: tokens, columns: wide / 2 }, {
      constants: { activation: activations.gelu },
    }),
    make("layerNorm", "residual", { rows: tokens, hidden, epsilon: 1e-12, ...NO_DROPOUT }, {
      optional: ["residual", "beta", "sum", "stats"],
    }),
    make("layerNorm", "dropout, residual", { rows: tokens, hidden, epsilon: 1e-12, ...dropout }, {
      optional: ["residual", "beta", "sum", "stats"],
    }),
    make("layerNormBackward", "dropout, residual", { rows: tokens, hidden, epsilon: 1e-12, ...dropout }, {
      optional: ["dX", "dResidual", "dGamma", "dBeta"],
      data: { stats: rowStats },
    }),
    make("dropout", "", { rows: tokens, columns: hidden, ...dropout }),
    // Where gelu' is 1, so that a gradient that is scaled again and again stays a normal number.
    make("activationBackward", "GELU", { count: tokens * wide }, {
      constants: { activation: activations.gelu },
      data: { preactivation: () => numbers("preactivation", tokens * wide, 7) },
    }),
    make("columnSums", "", { rows: tokens, columns: wide }, { constants: { accumulate: 1 } }),
    make("accumulate", "", { count: tokens * hidden, factor: 0.001 }),
    make("squaredError", "", { rows: tokens, columns: hidden }),
    make("squaredErrorGradient", "", { rows: tokens, columns: hidden, scale: 0.001 }),
    make("softmax", "scores", { rows: tokens * heads, columns: Math.max(...lengths) }),
    make("gatherRows", "words", { count: tokens, ...table }, { data: { indexes: () => indexes } }),
    make("scatterAddRows", "words", { count: tokens, groups: grouped.rows.length, ...table }, {
      data: {
        order: () => grouped.order,
        segments: () => grouped.segments,
        rows: () => grouped.rows,
      },
    }),
  ];
}

/** What goes over the weights of one layer, 12 hidden² of them. */
function weightCases({ name, hidden }: Encoder): KernelCase[] {
  const count = 12 * hidden * hidden;
  const make = caseMaker(`${name}, a layer's weights`);
  const state = () => Float32Array.of(1, 1, 0, 0);
  const halves = (one: number) => () => new Uint32Array(count / 2).fill(one << 16 | one);
  return [
    make("adamw", "", {
      ...{ count, start: 0, length: count, learningRate: 1e-4, beta1: 0.9, beta2: 0.999 },
      ...{ epsilon: 1e-8, weightDecay: 0.01, correction1: 0.1, correction2: 0.001 },
    }, { data: { state, secondMoment: () => numbers("secondMoment", count, 1) } }),
    make("gradientNorm", "", { count, slot: 0, slots: 1 }),
    make("gradientClip", "", { slots: 1, maxNorm: 1 }, { data: { sums: () => Float32Array.of(4) } }),
    make("widen", "f16", { words: count / 2, count }, { data: { source: halves(0x3c01) } }),
    make("widen", "bf16", { words: count / 2, count }, {
      constants: { format: 1 },
      data: { source: halves(0x3f81) },
    }),
  ];
}

/** The loss of masked words, 15 % of a batch, over a chunk of the vocabulary. */
function vocabularyCases({ name, lengths }: Batch): KernelCase[] {
  const rows = Math.round(0.15 * lengths.reduce((sum, length) => sum + length));
  const make = caseMaker(`${name}, ${CHUNK} words`);
  const sizes = { rows, columns: CHUNK, firstColumn: 0 };
  const labels = () => Int32Array.from({ length: rows }, (_, row) => row);
  const stats = () => Float32Array.from({ length: 3 * rows }, (_, i) => [1, CHUNK, 0.5][i % 3]);
  return [
    make("crossEntropyStats", "", sizes, { constants: { first: 1 }, data: { labels } }),
    make("crossEntropyLoss", "", { rows, scale: 0.001 }, { data: { labels, stats } }),
    make("crossEntropyGradient", "", { ...sizes, scale: 0.001 }, { data: { labels, stats } }),
  ];
}

/** The loss of a linear chain over the tags of four types, a word every second token. */
function chainCases({ name, lengths }: Batch): KernelCase[] {
  const words = lengths.map((length) => Math.ceil(length / 2));
  const rows = words.reduce((sum, length) => sum + length);
  const make = caseMaker(`${name}, 9 tags`);
  const sizes = { rows, tags: 9, sequences: lengths.length, scale: 0.001 };
  const labels = () => Int32Array.from({ length: rows }, (_, row) => row % 9);
  const cuRows = () => {
    let row = 0;
    return Uint32Array.from([0, ...words], (length) => row += length);
  };
  return [
    make("crf", "", sizes, { data: { labels, cuRows } }),
    make("crfBackward", "", sizes, { data: { labels, cuRows } }),
  ];
}

/** What a teacher says of the tags of a batch's words. */
function taggingCases({ name, lengths }: Batch): KernelCase[] {
  const rows = lengths.reduce((sum, length) => sum + length);
  const make = caseMaker(`${name}, ${TAGS} tags`);
  const sizes = { rows, columns: TAGS, temperature: 2 };
  const stats = () => Float32Array.from({ length: 4 * rows }, (_, i) => i % 2 === 0 ? 0.3 : TAGS);
  return [
    make("klDivergence", "", sizes),
    make("klDivergenceGradient", "", { ...sizes, scale: 0.001 }, { data: { stats } }),
    make("lossSum", "", { rows, scale: 0.001 }),
  ];
}

/** What a case has besides its sizes. */
interface Details {
  readonly constants?: Readonly<Record<string, number>>;
  /** Optional buffers that are given. */
  readonly optional?: readonly string[];
  readonly data?: KernelCase["data"];
}

function caseMaker(where: string, lengths: readonly number[] = []) {
  return (op: OpName, what: string, uniforms: KernelCase["uniforms"], details: Details = {}): KernelCase => {
    const { constants = {}, optional = [], data = {} } = details;
    const declared: OpDeclaration["buffers"] = ops[op].buffers;
    const buffers = Object.keys(declared).filter((name) =>
      !declared[name].optional || optional.includes(name)
    );
    const name = [op, ...(what ? [what] : []), where].join(", ");
    return { op, name, uniforms, constants, buffers, lengths, data };
  };
}

/** The data of a buffer of a case. */
export function dataOf({ op, uniforms, data }: KernelCase, name: string): HostData {
  if (data[name]) return data[name]();
  const { shape, access }: OpDeclaration["buffers"][string] = (ops[op] as OpDeclaration).buffers[name];
  const length = elementsOf(shape, uniforms);
  return access === "write" ? new Float32Array(length) : numbers(`${op} ${name}`, length, 0);
}

/**
 * Seeded numbers of `centre` +- 0.5, the same 4099 again and again: drawing millions takes longer than the
 * measurement.
 */
function numbers(stream: string, length: number, centre: number): Float32Array {
  const random = new Random(3, stream);
  const drawn = Float32Array.from({ length: 4099 }, () => centre - 0.5 + random.uniform());
  return Float32Array.from({ length }, (_, i) => drawn[i % drawn.length]);
}

/** Cosines and sines of one angle, so that a head that is turned again and again keeps its length. */
function unitTurns(length: number): Float32Array {
  return new Float32Array(length).fill(Math.SQRT1_2);
}

/** First row of a token's sequence and the row after its last. */
function boundsOf(lengths: readonly number[]): [number, number][] {
  let start = 0;
  return lengths.flatMap((length) => {
    const bounds: [number, number] = [start, start += length];
    return Array.from({ length }, () => bounds);
  });
}
