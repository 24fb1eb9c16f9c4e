import { attention } from "../../autograd/ops/attention.ts";
import { dropout } from "../../autograd/ops/dropout.ts";
import { embed } from "../../autograd/ops/gather_rows.ts";
import { type LayerNorm, layerNorm } from "../../autograd/ops/layer_norm.ts";
import { type Linear, linear } from "../../autograd/ops/linear.ts";
import type { Tape } from "../../autograd/tape.ts";
import type { Parameter, Tensor } from "../../autograd/tensor.ts";
import type { View } from "../../device/device.ts";
import type { ModelConfig } from "../config.ts";
import type { Encoder, Tokens } from "../encoder.ts";
import type { Parameters } from "../parameters.ts";
import { boundsOf } from "../sequence_bounds.ts";
import { linearOf, normOf, stackedLinearOf } from "../layers.ts";
import { linearSpecs, normSpecs, type ParameterSpec, tableSpec } from "../specs.ts";
import type { Family, FieldNames, MaskedLmForm } from "./family.ts";

/** In what a family that computes as BERT does differs from it. */
export interface BertForm {
  readonly modelType: string;
  readonly className: string;
  /** The module that holds the encoder: parameter names begin with it. */
  readonly module: string;
  readonly padTokenId?: number;
  readonly fieldNames?: FieldNames;
  readonly fieldDefaults?: Family["fieldDefaults"];
  readonly fields?: Family["fields"];
  /** Default 0. */
  readonly firstPosition?: (config: ModelConfig) => number;
  readonly maskedLm?: MaskedLmForm;
  /** Names and rows of tables whose row 0 is added to every token, beside that of the token types. */
  readonly moreTables?: (config: ModelConfig) => readonly { readonly name: string; readonly rows: number }[];
  /** Rows of its table of token types, 0 for none. Default what `type_vocab_size` says. */
  readonly tokenTypes?: (config: ModelConfig) => number;
  /** Whether it has a table of positions. Default true. */
  readonly positions?: (config: ModelConfig) => boolean;
  /** How its layers attend, where that is not as BERT's do. */
  readonly attention?: AttentionForm;
  /**
   * Columns of the tables; where they are not the hidden size, the linear layer `embeddings_project` follows.
   */
  readonly embeddingSize?: (config: ModelConfig) => number;
  /** The module of its layers in that of the encoder. Default `encoder.layer`. */
  readonly layers?: string;
  /** What the parts of a layer are called. */
  readonly names?: LayerNames;
  /** Whether there is dropout of what attention adds to the residual stream. Default true. */
  readonly attentionOutputDropout?: boolean;
  /** Tensors that files of this family have and Lacuna has no use for, beside BERT's. */
  readonly unused?: readonly RegExp[];
}

/** A kind of attention that has parameters of its own, which all layers share. */
export interface AttentionForm {
  specs(config: ModelConfig): readonly ParameterSpec[];
  build(config: ModelConfig, parameters: Parameters): SharedAttention;
}

/** The same with its parameters on a device. */
export interface SharedAttention {
  /** What all layers read of it for a batch. */
  prepare(tape: Tape, tokens: Tokens): LayerAttention;
}

/**
 * Attention of a layer: from query, key and value of each token, and the layer that made them, `[tokens,
 * hiddenSize]`.
 */
export type LayerAttention = (
  tape: Tape,
  input: {
    readonly qkv: Tensor;
    readonly bounds: View;
    readonly projections: Linear;
    readonly index: number;
  },
) => Tensor;

/** What the parts of a layer are called, in the order in which they compute. */
export interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly intermediate: string;
  readonly output: string;
  readonly outputNorm: string;
}

const BERT_NAMES: LayerNames = {
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  attentionOutput: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  intermediate: "intermediate.dense",
  output: "output.dense",
  outputNorm: "output.LayerNorm",
};

const BERT_HEAD: MaskedLmForm = {
  dense: "cls.predictions.transform.dense",
  norm: "cls.predictions.transform.LayerNorm",
  bias: "cls.predictions.bias",
  decoder: "cls.predictions.decoder",
};

/** BERT (Devlin et al. 2019, arXiv:1810.04805). */
export const bert = bertFamily({ modelType: "bert", className: "Bert", module: "bert" });

/** A family whose encoder computes as BERT's does. */
export function bertFamily(form: BertForm): Family {
  const { modelType, className, module, padTokenId = 0, firstPosition = () => 0, maskedLm = BERT_HEAD } =
    form;
  return {
    modelType,
    className,
    padTokenId,
    fieldNames: form.fieldNames,
    fieldDefaults: form.fieldDefaults,
    fields: form.fields,
    firstPosition,
    maskedLm,
    wordEmbeddings: `${module}.embeddings.word_embeddings.weight`,
    embeddingSize: (config) => embeddingSizeOf(config, form),
    specs: (config) => specsOf(config, form),
    encoder: (config, parameters) => new BertEncoder(config, parameters, form),
    parameterName: (tensor) => parameterName(tensor, form),
  };
}

function hasPositions(config: ModelConfig, { positions = () => true }: BertForm): boolean {
  return positions(config);
}

function embeddingSizeOf(config: ModelConfig, { embeddingSize }: BertForm): number {
  return embeddingSize ? embeddingSize(config) : config.hiddenSize;
}

/** The name of a layer in front of those of its parts. */
function layerName({ module, layers = "encoder.layer" }: BertForm, layer: number): string {
  return `${module}.${layers}.${layer}`;
}

/**
 * Tables that are looked up beside those of words and positions, each at its row 0: token types, and what a
 * form adds.
 */
function constantTables(
  config: ModelConfig,
  { moreTables, tokenTypes = ({ typeVocabSize }) => typeVocabSize }: BertForm,
): { name: string; rows: number }[] {
  return [
    ...tokenTypes(config) > 0 ? [{ name: "token_type_embeddings", rows: tokenTypes(config) }] : [],
    ...moreTables?.(config) ?? [],
  ];
}

function specsOf(config: ModelConfig, form: BertForm): ParameterSpec[] {
  const { vocabSize, hiddenSize, intermediateSize, maxPositionEmbeddings } = config;
  const { names = BERT_NAMES } = form;
  const embeddingSize = embeddingSizeOf(config, form);
  const embeddings = `${form.module}.embeddings`;
  const table = (name: string, rows: number) =>
    tableSpec(`${embeddings}.${name}.weight`, [rows, embeddingSize], "embeddings");
  const specs = [
    table("word_embeddings", vocabSize),
    ...hasPositions(config, form) ? [table("position_embeddings", maxPositionEmbeddings)] : [],
    ...constantTables(config, form).map(({ name, rows }) => table(name, rows)),
    ...normSpecs(`${embeddings}.LayerNorm`, embeddingSize, "embeddings"),
  ];
  if (embeddingSize !== hiddenSize) {
    specs.push(...linearSpecs(`${embeddings}_project`, [hiddenSize, embeddingSize], { layer: "embeddings" }));
  }
  specs.push(...form.attention?.specs(config) ?? []);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const name = layerName(form, layer);
    const square = [hiddenSize, hiddenSize] as const;
    const stack = stackName(name);
    for (const projection of [names.query, names.key, names.value]) {
      specs.push(...linearSpecs(`${name}.${projection}`, square, { layer, stack }));
    }
    specs.push(
      ...linearSpecs(`${name}.${names.attentionOutput}`, square, { layer }),
      ...normSpecs(`${name}.${names.attentionNorm}`, hiddenSize, layer),
      ...linearSpecs(`${name}.${names.intermediate}`, [intermediateSize, hiddenSize], { layer }),
      ...linearSpecs(`${name}.${names.output}`, [hiddenSize, intermediateSize], { layer }),
      ...normSpecs(`${name}.${names.outputNorm}`, hiddenSize, layer),
    );
  }
  return specs;
}

/** The stack of query, key and value of a layer. */
function stackName(layer: string): string {
  return `${layer}.attention.self`;
}

/**
 * Adds the encoder's module where a file lacks it, and says `weight` and `bias` where old files say `gamma`
 * and `beta`.
 */
function parameterName(tensor: string, { module, unused = [] }: BertForm): string | undefined {
  const modern = tensor.replace(/LayerNorm\.gamma$/, "LayerNorm.weight")
    .replace(/LayerNorm\.beta$/, "LayerNorm.bias");
  const full = /^(embeddings|embeddings_project|encoder|transformer|pooler)\./.test(modern)
    ? `${module}.${modern}`
    : modern;
  return [...UNUSED_BY_DESIGN, ...unused].some((pattern) => pattern.test(full)) ? undefined : full;
}

/** The pooler, index buffers, the next-sentence head, and second copies of tied tensors. */
const UNUSED_BY_DESIGN = [
  /^\w+\.pooler\./,
  /^\w+\.embeddings\.(position_ids|token_type_ids)$/,
  /^cls\.seq_relationship\./,
  /^(cls\.predictions|lm_head)\.decoder\.(weight|bias)$/,
];

interface EncoderLayer {
  /** Query, key and value of a token, `[3 * hiddenSize, hiddenSize]`. */
  readonly qkv: Linear;
  readonly attentionOutput: Linear;
  readonly attentionNorm: LayerNorm;
  readonly intermediate: Linear;
  readonly output: Linear;
  readonly outputNorm: LayerNorm;
}

/** Post-norm layers over packed sequences. */
export class BertEncoder implements Encoder {
  readonly config: ModelConfig;
  readonly wordEmbeddings: Parameter;
  readonly #positionEmbeddings: Parameter | undefined;
  readonly #firstPosition: number;
  /** Of each the row 0 is added to every token. */
  readonly #constantTables: readonly Parameter[];
  readonly #embeddingNorm: LayerNorm;
  readonly #projection: Linear | undefined;
  readonly #attentionOutputDropout: boolean;
  readonly #attention: SharedAttention | undefined;
  readonly #layers: readonly EncoderLayer[];

  constructor(config: ModelConfig, parameters: Parameters, form: BertForm) {
    const { module, firstPosition = () => 0, names = BERT_NAMES } = form;
    const norm = (name: string) => normOf(parameters, name, config.layerNormEps);
    const table = (name: string) => parameters.get(`${module}.embeddings.${name}.weight`);
    this.config = config;
    this.wordEmbeddings = table("word_embeddings");
    this.#positionEmbeddings = hasPositions(config, form) ? table("position_embeddings") : undefined;
    this.#firstPosition = firstPosition(config);
    this.#constantTables = constantTables(config, form).map(({ name }) => table(name));
    this.#embeddingNorm = norm(`${module}.embeddings.LayerNorm`);
    this.#projection = embeddingSizeOf(config, form) === config.hiddenSize
      ? undefined
      : linearOf(parameters, `${module}.embeddings_project`);
    this.#attention = form.attention?.build(config, parameters);
    this.#attentionOutputDropout = form.attentionOutputDropout ?? true;
    this.#layers = Array.from({ length: config.numHiddenLayers }, (_, i) => {
      const name = layerName(form, i);
      return {
        qkv: stackedLinearOf(parameters, stackName(name)),
        attentionOutput: linearOf(parameters, `${name}.${names.attentionOutput}`),
        attentionNorm: norm(`${name}.${names.attentionNorm}`),
        intermediate: linearOf(parameters, `${name}.${names.intermediate}`),
        output: linearOf(parameters, `${name}.${names.output}`),
        outputNorm: norm(`${name}.${names.outputNorm}`),
      };
    });
  }

  forward(tape: Tape, tokens: Tokens): Tensor {
    return this.states(tape, tokens, [this.#layers.length])[0];
  }

  states(tape: Tape, tokens: Tokens, numbers: readonly number[]): Tensor[] {
    const bounds = boundsOf(tape, tokens);
    const attend = this.#attention?.prepare(tape, tokens);
    const states = [this.embeddings(tape, tokens)];
    for (let i = 0; i < this.#layers.length; i++) {
      const input = states[i];
      const hidden = tape.scope(() => this.layer(tape, input, { index: i, bounds, attend }));
      if (!hidden.requiresGradient && !numbers.includes(i)) tape.free(input.view);
      states.push(hidden);
    }
    return numbers.map((number) => states[number]);
  }

  /**
   * Word + position + token type (always 0) embeddings, normalised and where needed projected, `[tokens,
   * hiddenSize]`.
   */
  embeddings(tape: Tape, { ids, positions }: Tokens): Tensor {
    const { hiddenDropoutProb: p } = this.config;
    const indexes = positions.map((position) => position + this.#firstPosition);
    return tape.scope(() => {
      const sum = embed(tape, [
        { table: this.wordEmbeddings, indexes: ids },
        ...this.#positionEmbeddings ? [{ table: this.#positionEmbeddings, indexes }] : [],
        ...this.#constantTables.map((table) => ({ table, indexes: new Uint32Array(ids.length) })),
      ]);
      const normed = dropout(tape, layerNorm(tape, sum, this.#embeddingNorm), { p, site: "embeddings" });
      return this.#projection ? linear(tape, normed, this.#projection) : normed;
    });
  }

  /** One layer: attention and feed-forward, each with dropout, residual and norm; `[tokens, hiddenSize]`. */
  layer(
    tape: Tape,
    x: Tensor,
    { index, bounds, attend }: { index: number; bounds: View; attend?: LayerAttention },
  ): Tensor {
    const { numAttentionHeads: heads, hiddenAct, hiddenDropoutProb: p, attentionProbsDropoutProb } =
      this.config;
    const layer = this.#layers[index];
    const qkv = linear(tape, x, layer.qkv);
    const attended = attend ? attend(tape, { qkv, bounds, projections: layer.qkv, index }) : attention(tape, {
      qkv,
      bounds,
      heads,
      dropout: { p: attentionProbsDropoutProb, site: `layer.${index}.attention` },
    });
    const normed = layerNorm(tape, linear(tape, attended, layer.attentionOutput), {
      ...layer.attentionNorm,
      residual: x,
      dropout: this.#attentionOutputDropout ? { p, site: `layer.${index}.attention.output` } : undefined,
    });
    const intermediate = linear(tape, normed, { ...layer.intermediate, activation: hiddenAct });
    return layerNorm(tape, linear(tape, intermediate, layer.output), {
      ...layer.outputNorm,
      residual: normed,
      dropout: { p, site: `layer.${index}.output` },
    });
  }
}
