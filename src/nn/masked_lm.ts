import {
  type CrossEntropy,
  decoderCrossEntropy,
  decoderLogits,
  decoderStatistics,
  type LogitColumns,
  type TiedDecoder,
} from "../autograd/ops/cross_entropy.ts";
import { gatherRows } from "../autograd/ops/gather_rows.ts";
import { type LayerNorm, layerNorm } from "../autograd/ops/layer_norm.ts";
import { type Linear, linear } from "../autograd/ops/linear.ts";
import type { Tape } from "../autograd/tape.ts";
import type { Parameter, Tensor } from "../autograd/tensor.ts";
import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import type { View } from "../device/device.ts";
import type { Parameters } from "./parameters.ts";

/**
 * The masked-LM head: dense, activation, norm, and a decoder that is tied to the word embeddings. RoBERTa's is the
 * same under other names, with gelu whatever `hidden_act` says.
 */
export class MaskedLmHead {
  readonly #dense: Linear;
  readonly #norm: LayerNorm;
  readonly #activation: ModelConfig["hiddenAct"];
  readonly #decoder: TiedDecoder;

  constructor(config: ModelConfig, parameters: Parameters, wordEmbeddings: Parameter) {
    const bert = config.modelType === "bert";
    const dense = bert ? "cls.predictions.transform.dense" : "lm_head.dense";
    const norm = bert ? "cls.predictions.transform.LayerNorm" : "lm_head.layer_norm";
    const linearOf = (name: string): Linear => ({
      weight: parameters.get(`${name}.weight`),
      bias: parameters.get(`${name}.bias`),
    });
    this.#dense = linearOf(dense);
    this.#norm = { ...linearOf(norm), epsilon: config.layerNormEps };
    this.#activation = bert ? config.hiddenAct : "gelu";
    const bias = parameters.get(bert ? "cls.predictions.bias" : "lm_head.bias");
    this.#decoder = { table: wordEmbeddings, bias };
  }

  /** What the decoder compares with the word embeddings: `[rows, hiddenSize]` at the given rows of the hidden states. */
  transform(tape: Tape, hidden: Tensor, rows: Uint32Array): Tensor {
    const dense = linear(tape, gatherRows(tape, hidden, rows), {
      ...this.#dense,
      activation: this.#activation,
    });
    return layerNorm(tape, dense, this.#norm);
  }

  /** Adds the cross entropy of the masked pieces: `rows` are their token rows, `labels` what stood there. */
  loss(tape: Tape, hidden: Tensor, { rows, ...target }: CrossEntropy & { rows: Uint32Array }): void {
    this.decode(tape, this.transform(tape, hidden, rows), target);
  }

  /** Adds the cross entropy of transformed rows `[rows, hiddenSize]`. */
  decode(tape: Tape, transformed: Tensor, target: CrossEntropy): void {
    decoderCrossEntropy(tape, transformed, { ...target, ...this.#decoder });
  }

  /** The pieces' logits at `rows`; see {@linkcode decoderLogits}. */
  logits(tape: Tape, hidden: Tensor, rows: Uint32Array): Generator<LogitColumns> {
    return decoderLogits(tape, this.transform(tape, hidden, rows), this.#decoder);
  }

  /** Statistics of the pieces' logits at `rows`, f32 `[rows, 3]`; see {@linkcode decoderStatistics}. */
  statistics(
    tape: Tape,
    hidden: Tensor,
    { rows, labels }: Pick<CrossEntropy, "labels"> & { rows: Uint32Array },
  ): View {
    const transformed = this.transform(tape, hidden, rows);
    return decoderStatistics(tape, transformed, { ...this.#decoder, labels: tape.upload(labels) });
  }
}
