import { decoderCrossEntropy, type TiedDecoder } from "../../autograd/ops/cross_entropy.ts";
import { embed, gatherRows } from "../../autograd/ops/gather_rows.ts";
import { type LayerNorm, layerNorm } from "../../autograd/ops/layer_norm.ts";
import { type Linear, linear, sumOfLinear } from "../../autograd/ops/linear.ts";
import type { Tape } from "../../autograd/tape.ts";
import type { Parameter, Tensor } from "../../autograd/tensor.ts";
import type { MaskedTargets, TrainingBatch } from "../../data/training_batch.ts";
import { familyOf } from "../families/registry.ts";
import { linearOf, normOf } from "../layers.ts";
import { biasSpec, linearSpecs, normSpecs, productSpec, tableSpec } from "../specs.ts";
import type { BuiltHead, Head, HeadParts, LossTarget } from "./head.ts";
import { pieceDecoder } from "./masked_lm.ts";

/** The module of its parameters, which have no place in a Hugging Face checkpoint. */
const MODULE = "span_boundary";

/** Places inside a span that have an embedding; spans end at ten words, and words at a few subwords. */
const MAX_PLACES = 64;

/**
 * SpanBERT's span boundary objective (Joshi et al. 2020, arXiv:1907.10529, section 3.2): a masked token is
 * predicted from the hidden states left and right of its span and its place in it, through two layers with
 * GELU and norm. The first layer's `[hidden, 3 hidden]` weight is kept as three, so that nothing has to be
 * concatenated. It predicts through the decoder of the masked-LM head, which the model has to have, too.
 */
export const spanBoundary: Head<SpanBoundaryHead> = {
  specs(config) {
    const { hiddenSize } = config;
    const embeddingSize = familyOf(config).embeddingSize(config);
    const square = [hiddenSize, hiddenSize] as const;
    return [
      tableSpec(`${MODULE}.places.weight`, [MAX_PLACES, hiddenSize], "head"),
      productSpec(`${MODULE}.left.weight`, square, "head"),
      productSpec(`${MODULE}.right.weight`, square, "head"),
      productSpec(`${MODULE}.place.weight`, square, "head"),
      biasSpec(`${MODULE}.first.bias`, hiddenSize, "head"),
      ...normSpecs(`${MODULE}.first.LayerNorm`, hiddenSize, "head"),
      ...linearSpecs(`${MODULE}.second`, [embeddingSize, hiddenSize], { layer: "head" }),
      ...normSpecs(`${MODULE}.second.LayerNorm`, embeddingSize, "head"),
    ];
  },
  build: (parts) => new SpanBoundaryHead(parts),
};

class SpanBoundaryHead implements BuiltHead {
  readonly task = "mlm";
  readonly #places: Parameter;
  readonly #inputs: readonly Parameter[];
  readonly #firstBias: Parameter;
  readonly #firstNorm: LayerNorm;
  readonly #second: Linear;
  readonly #secondNorm: LayerNorm;
  readonly #decoder: TiedDecoder;

  constructor(parts: HeadParts) {
    const { config, parameters } = parts;
    const get = (name: string) => parameters.get(`${MODULE}.${name}`);
    const norm = (name: string) => normOf(parameters, `${MODULE}.${name}`, config.layerNormEps);
    this.#places = get("places.weight");
    this.#inputs = [get("left.weight"), get("right.weight"), get("place.weight")];
    this.#firstBias = get("first.bias");
    this.#firstNorm = norm("first.LayerNorm");
    this.#second = linearOf(parameters, `${MODULE}.second`);
    this.#secondNorm = norm("second.LayerNorm");
    this.#decoder = pieceDecoder(parts);
  }

  rows({ masked }: TrainingBatch): number {
    return masked.rows.length;
  }

  loss(tape: Tape, hidden: Tensor, { masked }: TrainingBatch, target: LossTarget): void {
    const transformed = this.transform(tape, hidden, masked);
    decoderCrossEntropy(tape, transformed, { labels: masked.labels, ...target, ...this.#decoder });
  }

  /** What the decoder compares with the word embeddings, `[rows, embeddingSize]`. */
  transform(
    tape: Tape,
    hidden: Tensor,
    { left, right, places }: Pick<MaskedTargets, "left" | "right" | "places">,
  ): Tensor {
    const inputs = [
      gatherRows(tape, hidden, left),
      gatherRows(tape, hidden, right),
      embed(tape, [{ table: this.#places, indexes: places.map((place) => Math.min(place, MAX_PLACES - 1)) }]),
    ];
    const first = layerNorm(
      tape,
      sumOfLinear(tape, inputs, { weights: this.#inputs, bias: this.#firstBias, activation: "gelu" }),
      this.#firstNorm,
    );
    return layerNorm(tape, linear(tape, first, { ...this.#second, activation: "gelu" }), this.#secondNorm);
  }
}
