import { disentangledAttention } from "../../autograd/ops/disentangled_attention.ts";
import { dropout } from "../../autograd/ops/dropout.ts";
import { embed } from "../../autograd/ops/gather_rows.ts";
import { layerNorm } from "../../autograd/ops/layer_norm.ts";
import { linear } from "../../autograd/ops/linear.ts";
import type { Tape } from "../../autograd/tape.ts";
import { v } from "../../dependencies.ts";
import type { ModelConfig } from "../config.ts";
import type { Tokens } from "../encoder.ts";
import { firstOutputs, normOf } from "../layers.ts";
import type { Parameters } from "../parameters.ts";
import { relativeBuckets } from "../relative_buckets.ts";
import { normSpecs, type ParameterSpec, tableSpec } from "../specs.ts";
import { type AttentionForm, bertFamily, type LayerAttention, type SharedAttention } from "./bert.ts";

const RELATIVE = "deberta.encoder.rel_embeddings.weight";
const NORM = "deberta.encoder.LayerNorm";

const number = v.pipe(v.number("a whole number"), v.safeInteger("a whole number"));
const COUNT = "a whole number from 0";
const BOTH = "c2p and p2c, which Lacuna supports together only";
const isBoth = (types: unknown) => {
  const list = typeof types === "string" ? types.toLowerCase().split("|") : types;
  return Array.isArray(list) && list.map((type) => String(type).trim()).sort().join() === "c2p,p2c";
};

/** Fields of config.json that only this family has. */
const fields = v.pipe(
  v.object({
    hidden_size: v.number(),
    max_position_embeddings: v.number(),
    relative_attention: v.literal(true, "true: without it DeBERTa is not supported"),
    pos_att_type: v.custom(isBoth, BOTH),
    share_att_key: v.literal(true, "true: projections of positions of their own are not supported"),
    position_biased_input: v.optional(v.boolean("true or false"), true),
    type_vocab_size: v.optional(v.pipe(number, v.minValue(0, COUNT)), 0),
    max_relative_positions: v.optional(number, -1),
    position_buckets: v.optional(number, -1),
    norm_rel_ebd: v.optional(v.picklist(["none", "layer_norm"], "none or layer_norm"), "none"),
    conv_kernel_size: v.optional(
      v.literal(0, "0: the convolution of the largest DeBERTa is not supported"),
      0,
    ),
    embedding_size: v.optional(v.number("the hidden size")),
    attention_head_size: v.optional(v.number("a number")),
    num_attention_heads: v.number(),
    legacy: v.optional(v.literal(true, "true: another masked-LM head is not supported"), true),
  }),
  v.check(
    ({ embedding_size, hidden_size }) => embedding_size === undefined || embedding_size === hidden_size,
    "one whose embedding_size is its hidden_size",
  ),
  v.check(
    ({ attention_head_size, num_attention_heads, hidden_size }) =>
      attention_head_size === undefined || attention_head_size * num_attention_heads === hidden_size,
    "one whose attention_head_size is hidden_size / num_attention_heads",
  ),
);

/** Half of the table of relative positions, and from where on far distances are the same. */
function relativeSizes({ raw }: ModelConfig): { span: number; logarithmic: number | undefined } {
  const { max_relative_positions, max_position_embeddings, position_buckets } = v.parse(fields, raw);
  const most = max_relative_positions < 1 ? max_position_embeddings : max_relative_positions;
  return position_buckets > 0
    ? { span: position_buckets, logarithmic: most }
    : { span: most, logarithmic: undefined };
}

function isNormed({ raw }: ModelConfig): boolean {
  return v.parse(fields, raw).norm_rel_ebd === "layer_norm";
}

/** One table of relative positions for all layers, each of which projects it as it projects tokens. */
const disentangled: AttentionForm = {
  specs(config): ParameterSpec[] {
    const { hiddenSize } = config;
    return [
      tableSpec(RELATIVE, [2 * relativeSizes(config).span, hiddenSize], "embeddings"),
      ...isNormed(config) ? normSpecs(NORM, hiddenSize, "embeddings") : [],
    ];
  },
  build: (config, parameters) => new Disentangled(config, parameters),
};

class Disentangled implements SharedAttention {
  readonly #config: ModelConfig;
  readonly #parameters: Parameters;

  constructor(config: ModelConfig, parameters: Parameters) {
    this.#config = config;
    this.#parameters = parameters;
  }

  prepare(tape: Tape, { cuSeqlens }: Tokens): LayerAttention {
    const { hiddenSize, numAttentionHeads, hiddenDropoutProb, attentionProbsDropoutProb, layerNormEps } =
      this.#config;
    let longest = 1;
    for (let i = 1; i < cuSeqlens.length; i++) longest = Math.max(longest, cuSeqlens[i] - cuSeqlens[i - 1]);
    const { firstRow, buckets, ...tables } = relativeBuckets(longest, relativeSizes(this.#config));
    const [bucketOf, rangeOf] = [tape.upload(tables.bucketOf), tape.upload(tables.rangeOf)];
    const relative = tape.scope(() => {
      const indexes = Uint32Array.from({ length: buckets }, (_, i) => firstRow + i);
      const rows = embed(tape, [{ table: this.#parameters.get(RELATIVE), indexes }]);
      return isNormed(this.#config)
        ? layerNorm(tape, rows, normOf(this.#parameters, NORM, layerNormEps))
        : rows;
    });
    return (tape, { qkv, bounds, projections, index }) => {
      const dropped = dropout(tape, relative, { p: hiddenDropoutProb, site: `layer.${index}.relative` });
      return disentangledAttention(tape, {
        qkv,
        positions: linear(tape, dropped, firstOutputs(projections, 2 * hiddenSize)),
        bucketOf,
        rangeOf,
        bounds,
        heads: numAttentionHeads,
        dropout: { p: attentionProbsDropoutProb, site: `layer.${index}.attention` },
      });
    };
  }
}

/**
 * DeBERTa-v2 and v3 (He et al. 2021, arXiv:2006.03654 and arXiv:2111.09543), also mDeBERTa: BERT whose
 * attention tells contents from positions, which are relative. The heads of its pretraining by replaced
 * pieces are not read.
 */
export const debertaV2 = bertFamily({
  modelType: "deberta-v2",
  className: "DebertaV2",
  module: "deberta",
  fieldNames: { classifier_dropout: null, position_embedding_type: null, type_vocab_size: null },
  fieldDefaults: { layer_norm_eps: 1e-7 },
  fields,
  tokenTypes: ({ raw }) => v.parse(fields, raw).type_vocab_size,
  positions: ({ raw }) => v.parse(fields, raw).position_biased_input,
  attention: disentangled,
  names: {
    query: "attention.self.query_proj",
    key: "attention.self.key_proj",
    value: "attention.self.value_proj",
    attentionOutput: "attention.output.dense",
    attentionNorm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense",
    output: "output.dense",
    outputNorm: "output.LayerNorm",
  },
  unused: [/^(lm_predictions|mask_predictions)\./],
});
