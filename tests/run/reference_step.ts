/**
 * A training step in float64, put together from the reference ops. It knows nothing of tapes, packing or
 * fused ops: each sequence goes through the formulas of the papers with the parameters by their checkpoint
 * names, and gradients are slopes.
 */

import { activations } from "../../kernels/contract.ts";
import { activate } from "../../kernels/reference/activation.ts";
import { attention } from "../../kernels/reference/attention.ts";
import { crossEntropyLoss, crossEntropyStats } from "../../kernels/reference/cross_entropy.ts";
import { dropout } from "../../kernels/reference/dropout.ts";
import { layerNorm } from "../../kernels/reference/layer_norm.ts";
import { matmul } from "../../kernels/reference/matmul.ts";
import type { ModelConfig } from "../../src/nn/config.ts";
import { IGNORED } from "../../src/data/packed_batch.ts";
import type { TrainingSequence } from "../../src/masking/objective.ts";
import { dropoutAt } from "../../src/random/philox.ts";
import { siteHash } from "../../src/random/site.ts";

/** Rows of an embedding that the boundary head has for places in a span; later places share the last one. */
const PLACES = 64;

/** What a step is computed from. */
export interface ReferenceStep {
  readonly config: ModelConfig;
  /** Every parameter by its name, row after row. */
  readonly parameters: ReadonlyMap<string, Float64Array>;
  readonly microBatches: readonly (readonly TrainingSequence[])[];
  readonly seed: number;
  readonly step: number;
  /** Weight of the losses of masked pieces. */
  readonly lambda: number;
  /** Whether the dropouts of the configuration are used. */
  readonly dropout: boolean;
}

/** Matrices, `[rows, columns]`. */
type Matrix = Float64Array;

/**
 * The mean tagging loss, and lambda times the mean losses of masked pieces: over all micro-batches of the
 * step.
 */
export function referenceLosses(step: ReferenceStep): { tagging: number; mlm: number } {
  const all = step.microBatches.flat();
  const tagged = all.flatMap(({ labels }) => labels).filter((label) => label !== IGNORED).length;
  const masked = all.flatMap(({ mlmRows }) => mlmRows).length;
  let [tagging, mlm] = [0, 0];
  step.microBatches.forEach((sequences, microBatch) => {
    const sums = new MicroBatch(step, microBatch).losses(sequences);
    if (tagged > 0) tagging += sums.tagging / tagged;
    if (masked > 0) mlm += step.lambda * sums.mlm / masked;
  });
  return { tagging, mlm };
}

/**
 * One forward pass; the rows of all sequences are numbered through, since their numbers address the dropout.
 */
class MicroBatch {
  readonly #step: ReferenceStep;
  readonly #microBatch: number;
  readonly #roberta: boolean;

  constructor(step: ReferenceStep, microBatch: number) {
    this.#step = step;
    this.#microBatch = microBatch;
    this.#roberta = step.config.modelType !== "bert";
  }

  /** Sums over rows. */
  losses(sequences: readonly TrainingSequence[]): { tagging: number; mlm: number } {
    const hidden = this.#encode(sequences);
    const starts: number[] = [];
    sequences.reduce((start, { ids }) => (starts.push(start), start + ids.length), 0);
    const rowsOf = (rows: (sequence: TrainingSequence) => readonly number[]) =>
      sequences.flatMap((sequence, s) => rows(sequence).map((row) => starts[s] + row));
    const labels = sequences.flatMap(({ labels }) => labels);
    const pieces = sequences.flatMap(({ mlmTargets }) => mlmTargets);
    const masked = rowsOf(({ mlmRows }) => mlmRows);
    let [tagging, mlm] = [0, 0];
    if (labels.length > 0) {
      tagging = crossEntropy(
        this.#tagLogits(this.#rows(hidden, rowsOf(({ labelRows }) => labelRows))),
        labels,
      );
    }
    if (masked.length > 0) {
      mlm = crossEntropy(this.#pieceLogits(this.#transform(this.#rows(hidden, masked))), pieces);
      if (this.#step.parameters.has("span_boundary.left.weight")) {
        const spanOf = ({ spans }: TrainingSequence, row: number) =>
          spans.find(({ start, end }) => start <= row && row < end)!;
        const left = rowsOf((one) => one.mlmRows.map((row) => spanOf(one, row).start - 1));
        const right = rowsOf((one) => one.mlmRows.map((row) => spanOf(one, row).end));
        const places = sequences.flatMap((one) => one.mlmRows.map((row) => row - spanOf(one, row).start));
        const outside = { left: this.#rows(hidden, left), right: this.#rows(hidden, right), places };
        mlm += crossEntropy(this.#pieceLogits(this.#boundary(outside)), pieces);
      }
    }
    return { tagging, mlm };
  }

  #encode(sequences: readonly TrainingSequence[]): Matrix {
    const { config } = this.#step;
    const { hiddenSize: size, numAttentionHeads: heads, hiddenDropoutProb: p } = config;
    const prefix = this.#roberta ? "roberta" : "bert";
    const first = this.#roberta ? config.padTokenId + 1 : 0;
    const table = (name: string) => this.#parameter(`${prefix}.embeddings.${name}_embeddings.weight`);
    const [words, positions, types] = [table("word"), table("position"), table("token_type")];
    const ids = sequences.flatMap(({ ids }) => ids);
    const places = sequences.flatMap(({ ids }) => ids.map((_, i) => i));
    const bounds = sequences.flatMap(({ ids }, s) => {
      const start = sequences.slice(0, s).reduce((sum, { ids }) => sum + ids.length, 0);
      return ids.flatMap(() => [start, start + ids.length]);
    });
    let x: Matrix = Float64Array.from({ length: ids.length * size }, (_, i) => {
      const [row, c] = [Math.floor(i / size), i % size];
      return words[ids[row] * size + c] + positions[(places[row] + first) * size + c] + types[c];
    });
    x = this.#dropped(this.#norm(x, `${prefix}.embeddings.LayerNorm`), { p, site: "embeddings" });
    for (let i = 0; i < config.numHiddenLayers; i++) {
      const layer = `${prefix}.encoder.layer.${i}`;
      const [query, key, value] = ["query", "key", "value"].map((part) =>
        this.#linear(x, `${layer}.attention.self.${part}`)
      );
      const { out } = attention({ query, key, value, bounds: Uint32Array.from(bounds) }, {
        tokens: ids.length,
        heads,
        headSize: size / heads,
        hidden: size,
        scale: 1 / Math.sqrt(size / heads),
        ...this.#bits({ p: config.attentionProbsDropoutProb, site: `layer.${i}.attention` }),
      });
      const attended = this.#linear(out, `${layer}.attention.output.dense`);
      const normed = this.#norm(attended, `${layer}.attention.output.LayerNorm`, {
        residual: x,
        dropout: { p, site: `layer.${i}.attention.output` },
      });
      const inner = this.#linear(normed, `${layer}.intermediate.dense`, config.hiddenAct);
      x = this.#norm(this.#linear(inner, `${layer}.output.dense`), `${layer}.output.LayerNorm`, {
        residual: normed,
        dropout: { p, site: `layer.${i}.output` },
      });
    }
    return x;
  }

  #tagLogits(rows: Matrix): Matrix {
    const { classifierDropout, hiddenDropoutProb } = this.#step.config;
    const p = classifierDropout ?? hiddenDropoutProb;
    return this.#linear(this.#dropped(rows, { p, site: "classifier" }), "classifier");
  }

  /** RoBERTa's is gelu whatever the configuration says. */
  #transform(rows: Matrix): Matrix {
    const [dense, norm] = this.#roberta
      ? ["lm_head.dense", "lm_head.layer_norm"]
      : ["cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm"];
    const activation = this.#roberta ? "gelu" : this.#step.config.hiddenAct;
    return this.#norm(this.#linear(rows, dense, activation), norm);
  }

  /** The decoder is the table of word embeddings. */
  #pieceLogits(rows: Matrix): Matrix {
    const table = this.#parameter(`${this.#roberta ? "roberta" : "bert"}.embeddings.word_embeddings.weight`);
    return product(rows, table, this.#parameter(this.#roberta ? "lm_head.bias" : "cls.predictions.bias"));
  }

  /** SpanBERT's, with the first layer's weight in three parts. */
  #boundary({ left, right, places }: { left: Matrix; right: Matrix; places: number[] }): Matrix {
    const name = "span_boundary";
    const table = this.#parameter(`${name}.places.weight`);
    const place = this.#rows(table, places.map((place) => Math.min(place, PLACES - 1)));
    const none = new Float64Array(this.#step.config.hiddenSize);
    const parts = [[left, "left"], [right, "right"], [place, "place"]] as const;
    const sums = parts.map(([rows, side]) => product(rows, this.#parameter(`${name}.${side}.weight`), none));
    const bias = this.#parameter(`${name}.first.bias`);
    const summed = sums[0].map((value, i) => value + sums[1][i] + sums[2][i] + bias[i % bias.length]);
    const first = this.#norm(activated(summed, "gelu"), `${name}.first.LayerNorm`);
    return this.#norm(this.#linear(first, `${name}.second`, "gelu"), `${name}.second.LayerNorm`);
  }

  #parameter(name: string): Matrix {
    const found = this.#step.parameters.get(name);
    if (!found) throw new Error(`the reference was given no parameter ${name}`);
    return found;
  }

  #rows(x: Matrix, rows: readonly number[]): Matrix {
    const { hiddenSize: size } = this.#step.config;
    return Float64Array.from(rows.flatMap((row) => [...x.subarray(row * size, (row + 1) * size)]));
  }

  #linear(x: Matrix, name: string, activation: keyof typeof activations = "none"): Matrix {
    return product(x, this.#parameter(`${name}.weight`), this.#parameter(`${name}.bias`), activation);
  }

  #norm(
    x: Matrix,
    name: string,
    { residual, dropout = { p: 0, site: "" } }: {
      residual?: Matrix;
      dropout?: { p: number; site: string };
    } = {},
  ): Matrix {
    const { hiddenSize: hidden, layerNormEps: epsilon } = this.#step.config;
    const [gamma, beta] = [this.#parameter(`${name}.weight`), this.#parameter(`${name}.bias`)];
    const sizes = { rows: x.length / hidden, hidden, epsilon };
    const residuals = residual && { residual };
    return layerNorm({ x, gamma, beta, ...residuals }, { ...sizes, ...this.#bits(dropout) }).y;
  }

  #dropped(x: Matrix, at: { p: number; site: string }): Matrix {
    const columns = this.#step.config.hiddenSize;
    return dropout({ x, y: x }, { columns, accumulate: 0, ...this.#bits(at) }).y;
  }

  /** The address of the random bits of a place. */
  #bits({ p, site }: { p: number; site: string }) {
    const { seed, step, dropout } = this.#step;
    const used = dropout ? p : 0;
    return dropoutAt({ seed, microBatch: this.#microBatch, step, site: siteHash(site) }, used);
  }
}

function product(
  a: Matrix,
  b: Matrix,
  bias: Matrix,
  activation: keyof typeof activations = "none",
): Matrix {
  const n = bias.length;
  const k = b.length / n;
  const sizes = { m: a.length / k, n, k, transposeA: 0, transposeB: 1, accumulate: 0 };
  return matmul({ a, b, bias, c: a }, { ...sizes, activation: activations[activation] }).c;
}

function activated(x: Matrix, activation: keyof typeof activations): Matrix {
  return x.map((value) => activate(activations[activation], value));
}

/** Sum over the rows that have a label. */
function crossEntropy(logits: Matrix, of: readonly number[]): number {
  const rows = of.length;
  const labels = Int32Array.from(of);
  const sizes = { rows, columns: logits.length / rows, firstColumn: 0, first: 1 };
  const { stats } = crossEntropyStats({ logits, labels, stats: new Float64Array(rows * 3) }, sizes);
  return crossEntropyLoss({ stats, labels, loss: new Float64Array(1) }, { rows, scale: 1 }).loss[0];
}
