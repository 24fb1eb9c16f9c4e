import { attention } from "../autograd/ops/attention.ts";
import { dropout } from "../autograd/ops/dropout.ts";
import { embed } from "../autograd/ops/gather_rows.ts";
import { type LayerNorm, layerNorm } from "../autograd/ops/layer_norm.ts";
import { type Linear, linear } from "../autograd/ops/linear.ts";
import type { Tape } from "../autograd/tape.ts";
import type { Parameter, Tensor } from "../autograd/tensor.ts";
import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import type { View } from "../device/device.ts";
import type { PackedBatch } from "../data/packed_batch.ts";
import type { Parameters } from "./parameters.ts";

interface EncoderLayer {
  /** Query, key and value of a token, `[3 * hiddenSize, hiddenSize]`. */
  readonly qkv: Linear;
  readonly attentionOutput: Linear;
  readonly attentionNorm: LayerNorm;
  readonly intermediate: Linear;
  readonly output: Linear;
  readonly outputNorm: LayerNorm;
}

/**
 * The stack that a parameter belongs to, by its name: query, key and value of a layer, which are one product.
 * `...attention.self.query.weight` belongs to `...attention.self.weight`.
 */
export function stackOf(name: string): string | undefined {
  const found = /^(.*\.attention\.self)\.(?:query|key|value)(\.weight|\.bias)$/.exec(name);
  return found ? found[1] + found[2] : undefined;
}

/** The tokens of a batch, as the encoder needs them. */
export type Tokens = Pick<PackedBatch, "ids" | "positions" | "cuSeqlens">;

/**
 * BERT (Devlin et al. 2019, arXiv:1810.04805) and its next of kin RoBERTa (Liu et al. 2019, arXiv:1907.11692) and
 * XLM-RoBERTa (Conneau et al. 2020, arXiv:1911.02116), which differ in the prefix of their parameter names and in
 * counting positions from `padTokenId + 1`.
 *
 * Post-norm layers over packed sequences: activations are `[tokens, hiddenSize]`, and there is no padding.
 */
export class Encoder {
  readonly config: ModelConfig;
  /** The word embeddings `[vocabSize, hiddenSize]`, also the weight of a tied decoder. */
  readonly wordEmbeddings: Parameter;
  readonly #positionEmbeddings: Parameter;
  readonly #tokenTypeEmbeddings: Parameter;
  readonly #embeddingNorm: LayerNorm;
  readonly #layers: readonly EncoderLayer[];

  constructor(config: ModelConfig, parameters: Parameters) {
    this.config = config;
    const prefix = config.modelType === "bert" ? "bert" : "roberta";
    const get = (name: string) => parameters.get(`${prefix}.${name}`);
    const linearOf = (name: string): Linear => ({ weight: get(`${name}.weight`), bias: get(`${name}.bias`) });
    const stackedLinear = (name: string): Linear => ({
      weight: parameters.stack(`${prefix}.${name}.weight`),
      bias: parameters.stack(`${prefix}.${name}.bias`),
    });
    const normOf = (name: string): LayerNorm => ({ ...linearOf(name), epsilon: config.layerNormEps });
    this.wordEmbeddings = get("embeddings.word_embeddings.weight");
    this.#positionEmbeddings = get("embeddings.position_embeddings.weight");
    this.#tokenTypeEmbeddings = get("embeddings.token_type_embeddings.weight");
    this.#embeddingNorm = normOf("embeddings.LayerNorm");
    this.#layers = Array.from({ length: config.numHiddenLayers }, (_, i) => {
      const layer = `encoder.layer.${i}`;
      return {
        qkv: stackedLinear(`${layer}.attention.self`),
        attentionOutput: linearOf(`${layer}.attention.output.dense`),
        attentionNorm: normOf(`${layer}.attention.output.LayerNorm`),
        intermediate: linearOf(`${layer}.intermediate.dense`),
        output: linearOf(`${layer}.output.dense`),
        outputNorm: normOf(`${layer}.output.LayerNorm`),
      };
    });
  }

  /** Hidden states of the last layer, `[tokens, hiddenSize]`. */
  forward(tape: Tape, tokens: Tokens): Tensor {
    const bounds = this.bounds(tape, tokens);
    let hidden = this.embeddings(tape, tokens);
    for (let i = 0; i < this.#layers.length; i++) {
      const input = hidden;
      hidden = tape.scope(() => this.layer(tape, input, { index: i, bounds }));
      if (!hidden.requiresGradient) tape.free(input.view);
    }
    return hidden;
  }

  /** First and end row of each token's sequence, u32 `[tokens, 2]`. */
  bounds(tape: Tape, { cuSeqlens }: Tokens): View {
    const bounds = new Uint32Array(cuSeqlens[cuSeqlens.length - 1] * 2);
    for (let sequence = 0; sequence + 1 < cuSeqlens.length; sequence++) {
      for (let token = cuSeqlens[sequence]; token < cuSeqlens[sequence + 1]; token++) {
        bounds.set([cuSeqlens[sequence], cuSeqlens[sequence + 1]], token * 2);
      }
    }
    return tape.upload(bounds);
  }

  /** Word + position + token type (always 0) embeddings, normalised, `[tokens, hiddenSize]`. */
  embeddings(tape: Tape, { ids, positions }: Tokens): Tensor {
    const { modelType, padTokenId, hiddenDropoutProb: p } = this.config;
    const firstPosition = modelType === "bert" ? 0 : padTokenId + 1;
    return tape.scope(() => {
      const sum = embed(tape, [
        { table: this.wordEmbeddings, indexes: ids },
        { table: this.#positionEmbeddings, indexes: positions.map((position) => position + firstPosition) },
        { table: this.#tokenTypeEmbeddings, indexes: new Uint32Array(ids.length) },
      ]);
      return dropout(tape, layerNorm(tape, sum, this.#embeddingNorm), { p, site: "embeddings" });
    });
  }

  /** One layer: attention and feed-forward, each with dropout, residual and norm; `[tokens, hiddenSize]`. */
  layer(tape: Tape, x: Tensor, { index, bounds }: { index: number; bounds: View }): Tensor {
    const { numAttentionHeads: heads, hiddenAct, hiddenDropoutProb: p, attentionProbsDropoutProb } =
      this.config;
    const layer = this.#layers[index];
    const attended = attention(tape, {
      qkv: linear(tape, x, layer.qkv),
      bounds,
      heads,
      dropout: { p: attentionProbsDropoutProb, site: `layer.${index}.attention` },
    });
    const normed = layerNorm(tape, linear(tape, attended, layer.attentionOutput), {
      ...layer.attentionNorm,
      residual: x,
      dropout: { p, site: `layer.${index}.attention.output` },
    });
    const intermediate = linear(tape, normed, { ...layer.intermediate, activation: hiddenAct });
    return layerNorm(tape, linear(tape, intermediate, layer.output), {
      ...layer.outputNorm,
      residual: normed,
      dropout: { p, site: `layer.${index}.output` },
    });
  }
}
