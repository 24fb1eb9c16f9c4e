import { embed, gatherRows } from "../autograd/ops/gather_rows.ts";
import { type LayerNorm, layerNorm } from "../autograd/ops/layer_norm.ts";
import { type Linear, linear, sumOfLinear } from "../autograd/ops/linear.ts";
import type { Tape } from "../autograd/tape.ts";
import type { Parameter, Tensor } from "../autograd/tensor.ts";
import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import type { Parameters } from "./parameters.ts";

/** Beginning of the names of this head's parameters, which have no place in a Hugging Face checkpoint. */
const BOUNDARY_HEAD = "span_boundary.";

/** Places inside a span that have an embedding; spans end at ten words, and words at a few subwords. */
const MAX_PLACES = 64;

/** One masked token, told from the outside of its span. */
export interface BoundaryTargets {
  /** Row of the token before the span that each masked token is in, `[rows]`. */
  readonly left: Uint32Array;
  /** Row of the token after it, `[rows]`. */
  readonly right: Uint32Array;
  /** Place of the masked token in its span, from 0, `[rows]`. */
  readonly places: Uint32Array;
}

/** Names and shapes of the head's parameters. */
export function boundaryShapes({ hiddenSize }: ModelConfig): [name: string, shape: number[]][] {
  const square = [hiddenSize, hiddenSize];
  const vector = [hiddenSize];
  return [
    ["places.weight", [MAX_PLACES, hiddenSize]],
    ["left.weight", square],
    ["right.weight", square],
    ["place.weight", square],
    ["first.bias", vector],
    ["first.LayerNorm.weight", vector],
    ["first.LayerNorm.bias", vector],
    ["second.weight", square],
    ["second.bias", vector],
    ["second.LayerNorm.weight", vector],
    ["second.LayerNorm.bias", vector],
  ].map(([name, shape]) => [BOUNDARY_HEAD + name, shape as number[]]);
}

/**
 * SpanBERT's span boundary objective (Joshi et al. 2020, arXiv:1907.10529, section 3.2): a masked token is predicted
 * from the hidden states left and right of its span and its place in it, through two layers with GELU and norm. The
 * first layer's `[hidden, 3 hidden]` weight is kept as three, so that nothing has to be concatenated.
 */
export class SpanBoundaryHead {
  readonly #places: Parameter;
  readonly #inputs: readonly Parameter[];
  readonly #firstBias: Parameter;
  readonly #firstNorm: LayerNorm;
  readonly #second: Linear;
  readonly #secondNorm: LayerNorm;

  constructor(config: ModelConfig, parameters: Parameters) {
    const get = (name: string) => parameters.get(BOUNDARY_HEAD + name);
    const normOf = (name: string): LayerNorm => ({
      weight: get(`${name}.LayerNorm.weight`),
      bias: get(`${name}.LayerNorm.bias`),
      epsilon: config.layerNormEps,
    });
    this.#places = get("places.weight");
    this.#inputs = [get("left.weight"), get("right.weight"), get("place.weight")];
    this.#firstBias = get("first.bias");
    this.#firstNorm = normOf("first");
    this.#second = { weight: get("second.weight"), bias: get("second.bias") };
    this.#secondNorm = normOf("second");
  }

  /** What the decoder compares with the word embeddings, `[rows, hiddenSize]`. */
  forward(tape: Tape, hidden: Tensor, { left, right, places }: BoundaryTargets): Tensor {
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
