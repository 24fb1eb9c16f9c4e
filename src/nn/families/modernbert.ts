import { attention } from "../../autograd/ops/attention.ts";
import { addDropout, dropout } from "../../autograd/ops/dropout.ts";
import { embed } from "../../autograd/ops/gather_rows.ts";
import { gatedActivation } from "../../autograd/ops/gated_activation.ts";
import { type LayerNorm, layerNorm } from "../../autograd/ops/layer_norm.ts";
import { type Linear, linear } from "../../autograd/ops/linear.ts";
import type { Dropout, Tape } from "../../autograd/tape.ts";
import type { Parameter, Tensor } from "../../autograd/tensor.ts";
import { v } from "../../dependencies.ts";
import type { View } from "../../device/device.ts";
import { OptionError } from "../../errors.ts";
import { size } from "../../json/schema.ts";
import { Message, message, setting } from "../../message.ts";
import type { ModelConfig } from "../config.ts";
import type { Encoder, Tokens } from "../encoder.ts";
import { linearOf, normOf } from "../layers.ts";
import type { Parameters } from "../parameters.ts";
import { rotaryTurns } from "../rotary_turns.ts";
import { boundsOf } from "../sequence_bounds.ts";
import { linearSpecs, normSpecs, type ParameterSpec, tableSpec } from "../specs.ts";
import type { Family } from "./family.ts";

const LAYER_TYPES = ["full_attention", "sliding_attention"] as const;
type LayerType = (typeof LAYER_TYPES)[number];

const THETA = "a number greater than 0";
const theta = v.pipe(v.number(THETA), v.finite(THETA), v.gtValue(0, THETA));
const flag = v.optional(v.boolean("true or false"), false);
const WINDOW = "a whole number from 2";
const RATE = "a number from 0 to less than 1";
const ACTIVATION = "gelu, gelu_new or relu, which Lacuna supports";
const NO_SCALING = "absent: Lacuna has no scaled rotary embeddings";
const rope = v.optional(v.nullable(v.object({
  rope_type: v.optional(v.literal("default", "default: Lacuna has no scaled rotary embeddings"), "default"),
  rope_theta: v.optional(v.nullable(theta)),
}, "an object")));

/** Fields of config.json that only this family has, in the form of transformers 5 and in that of before. */
const fields = v.pipe(
  v.object({
    num_hidden_layers: size,
    hidden_size: size,
    num_attention_heads: size,
    attention_bias: flag,
    mlp_bias: flag,
    norm_bias: flag,
    classifier_bias: flag,
    decoder_bias: v.optional(v.literal(true, "true: a decoder without a bias is not supported"), true),
    classifier_activation: v.optional(v.picklist(["gelu", "gelu_new", "relu"], ACTIVATION), "gelu"),
    embedding_dropout: v.optional(v.pipe(v.number(RATE), v.minValue(0, RATE), v.ltValue(1, RATE)), 0),
    local_attention: v.optional(v.pipe(v.number(WINDOW), v.safeInteger(WINDOW), v.minValue(2, WINDOW)), 128),
    global_attn_every_n_layers: v.optional(size, 3),
    layer_types: v.optional(v.nullable(v.array(v.picklist(LAYER_TYPES, LAYER_TYPES.join(" or ")), "a list"))),
    global_rope_theta: v.optional(v.nullable(theta)),
    local_rope_theta: v.optional(v.nullable(theta)),
    rope_parameters: v.optional(v.nullable(
      v.object(
        { full_attention: rope, sliding_attention: rope },
        "an object with full_attention and sliding_attention",
      ),
    )),
    rope_scaling: v.optional(v.null(NO_SCALING)),
  }),
  v.check(
    ({ layer_types, num_hidden_layers }) => !layer_types || layer_types.length === num_hidden_layers,
    "one that has in layer_types as many as num_hidden_layers",
  ),
  v.check(
    ({ hidden_size, num_attention_heads }) => hidden_size / num_attention_heads % 2 === 0,
    "one whose hidden_size / num_attention_heads is even, as rotary embeddings need it",
  ),
);

/** What tells layers apart: how far tokens see, and by what base their positions turn. */
interface Reach {
  readonly type: LayerType;
  /** The furthest token, 0 where all of the sequence is seen. */
  readonly window: number;
  readonly base: number;
}

function reachOf({ raw }: ModelConfig, layer: number): Reach {
  const of = v.parse(fields, raw);
  const every = layer % of.global_attn_every_n_layers === 0 ? "full_attention" : "sliding_attention";
  const type = of.layer_types?.[layer] ?? every;
  const global = of.rope_parameters?.full_attention?.rope_theta ?? of.global_rope_theta ?? 160_000;
  if (type === "full_attention") return { type, window: 0, base: global };
  // A file that says null means the base of the others.
  const unsaid = of.local_rope_theta === null ? global : 10_000;
  const base = of.rope_parameters?.sliding_attention?.rope_theta ?? of.local_rope_theta ?? unsaid;
  return { type, window: Math.floor(of.local_attention / 2), base };
}

/**
 * ModernBERT (Warner et al. 2024, arXiv:2412.13663), also mmBERT (Marone et al. 2025, arXiv:2509.06888):
 * norms before the parts of a layer, rotary positions, windows in most layers, gated feed-forward blocks, and
 * hardly any bias.
 */
export const modernbert: Family = {
  modelType: "modernbert",
  className: "ModernBert",
  padTokenId: 50_283,
  fieldNames: {
    hidden_act: "hidden_activation",
    hidden_dropout_prob: "mlp_dropout",
    attention_probs_dropout_prob: "attention_dropout",
    layer_norm_eps: "norm_eps",
    position_embedding_type: null,
    type_vocab_size: null,
  },
  fieldDefaults: {
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    classifier_dropout: 0,
    layer_norm_eps: 1e-5,
  },
  fields,
  firstPosition: () => 0,
  wordEmbeddings: "model.embeddings.tok_embeddings.weight",
  embeddingSize: ({ hiddenSize }) => hiddenSize,
  specs: specsOf,
  ofLayers(config, layers) {
    if (layers[0] !== 0) {
      throw new OptionError(
        new Message(
          message`Expected ${setting("keepLayers")} to begin with 0, `,
          `since the first layer of ModernBERT has no norm of its own, but found ${layers[0]}`,
        ),
      );
    }
    const types = layers.map((layer) => reachOf(config, layer).type);
    return { ...config.raw, num_hidden_layers: layers.length, layer_types: types };
  },
  encoder: (config, parameters) => new ModernBertEncoder(config, parameters),
  parameterName(tensor) {
    const full = /^(embeddings|layers|final_norm)\./.test(tensor) ? `model.${tensor}` : tensor;
    return /^decoder\.weight$|\.rotary_emb\./.test(full) ? undefined : full;
  },
  maskedLm: {
    dense: "head.dense",
    norm: "head.norm",
    bias: "decoder.bias",
    decoder: "decoder",
    activation: ({ raw }) => v.parse(fields, raw).classifier_activation,
    biases({ raw }) {
      const { classifier_bias, norm_bias } = v.parse(fields, raw);
      return { dense: classifier_bias, norm: norm_bias };
    },
    shared: true,
  },
};

function specsOf(config: ModelConfig): ParameterSpec[] {
  const { vocabSize, hiddenSize, intermediateSize, numHiddenLayers } = config;
  const { attention_bias, mlp_bias, norm_bias: bias } = v.parse(fields, config.raw);
  const specs = [
    tableSpec("model.embeddings.tok_embeddings.weight", [vocabSize, hiddenSize], "embeddings"),
    ...normSpecs("model.embeddings.norm", hiddenSize, "embeddings", { bias }),
  ];
  for (let layer = 0; layer < numHiddenLayers; layer++) {
    const name = `model.layers.${layer}`;
    const attention = { layer, bias: attention_bias };
    const mlp = { layer, bias: mlp_bias };
    specs.push(
      ...layer > 0 ? normSpecs(`${name}.attn_norm`, hiddenSize, layer, { bias }) : [],
      ...linearSpecs(`${name}.attn.Wqkv`, [3 * hiddenSize, hiddenSize], attention),
      ...linearSpecs(`${name}.attn.Wo`, [hiddenSize, hiddenSize], attention),
      ...normSpecs(`${name}.mlp_norm`, hiddenSize, layer, { bias }),
      ...linearSpecs(`${name}.mlp.Wi`, [2 * intermediateSize, hiddenSize], mlp),
      ...linearSpecs(`${name}.mlp.Wo`, [hiddenSize, intermediateSize], mlp),
    );
  }
  return [...specs, ...normSpecs("model.final_norm", hiddenSize, numHiddenLayers - 1, { bias })];
}

interface EncoderLayer extends Reach {
  /** None in the first layer, whose input is normalised already. */
  readonly attentionNorm: LayerNorm | undefined;
  readonly qkv: Linear;
  readonly attentionOutput: Linear;
  readonly mlpNorm: LayerNorm;
  /** What is activated, then its gate, `[2 * intermediateSize, hiddenSize]`. */
  readonly input: Linear;
  readonly output: Linear;
}

/** Pre-norm layers over packed sequences. */
class ModernBertEncoder implements Encoder {
  readonly wordEmbeddings: Parameter;
  readonly #config: ModelConfig;
  readonly #embeddingNorm: LayerNorm;
  readonly #embeddingDropout: Dropout;
  readonly #layers: readonly EncoderLayer[];
  readonly #finalNorm: LayerNorm;

  constructor(config: ModelConfig, parameters: Parameters) {
    const norm = (name: string) => normOf(parameters, name, config.layerNormEps);
    this.#config = config;
    this.wordEmbeddings = parameters.get(modernbert.wordEmbeddings);
    this.#embeddingNorm = norm("model.embeddings.norm");
    this.#embeddingDropout = { p: v.parse(fields, config.raw).embedding_dropout, site: "embeddings" };
    this.#layers = Array.from({ length: config.numHiddenLayers }, (_, i) => {
      const name = `model.layers.${i}`;
      return {
        ...reachOf(config, i),
        attentionNorm: i > 0 ? norm(`${name}.attn_norm`) : undefined,
        qkv: linearOf(parameters, `${name}.attn.Wqkv`),
        attentionOutput: linearOf(parameters, `${name}.attn.Wo`),
        mlpNorm: norm(`${name}.mlp_norm`),
        input: linearOf(parameters, `${name}.mlp.Wi`),
        output: linearOf(parameters, `${name}.mlp.Wo`),
      };
    });
    this.#finalNorm = norm("model.final_norm");
  }

  forward(tape: Tape, tokens: Tokens): Tensor {
    return this.states(tape, tokens, [this.#layers.length])[0];
  }

  /** The last number is what the norm behind the last layer gives, as in transformers. */
  states(tape: Tape, tokens: Tokens, numbers: readonly number[]): Tensor[] {
    const { hiddenSize, numAttentionHeads } = this.#config;
    const bounds = boundsOf(tape, tokens);
    const turns = new Map<number, View>();
    for (const { base } of this.#layers) {
      if (turns.has(base)) continue;
      const headSize = hiddenSize / numAttentionHeads;
      turns.set(base, tape.upload(rotaryTurns(tokens.positions, { base, headSize })));
    }
    const states = [this.#embeddings(tape, tokens)];
    for (const [index, layer] of this.#layers.entries()) {
      const input = states[index];
      const hidden = tape.scope(() =>
        this.#layer(tape, input, { layer, index, bounds, turns: turns.get(layer.base)! })
      );
      if (!hidden.requiresGradient && !numbers.includes(index)) tape.free(input.view);
      states.push(hidden);
    }
    const last = states.length - 1;
    if (numbers.includes(last)) {
      const hidden = states[last];
      states[last] = layerNorm(tape, hidden, this.#finalNorm);
      if (!states[last].requiresGradient) tape.free(hidden.view);
    }
    return numbers.map((number) => states[number]);
  }

  /** Word embeddings, normalised, `[tokens, hiddenSize]`. */
  #embeddings(tape: Tape, { ids }: Tokens): Tensor {
    return tape.scope(() => {
      const words = embed(tape, [{ table: this.wordEmbeddings, indexes: ids }]);
      return dropout(tape, layerNorm(tape, words, this.#embeddingNorm), this.#embeddingDropout);
    });
  }

  /**
   * One layer: attention and feed-forward, each behind a norm and added to what came in; `[tokens,
   * hiddenSize]`.
   */
  #layer(tape: Tape, x: Tensor, { layer, index, bounds, turns }: {
    layer: EncoderLayer;
    index: number;
    bounds: View;
    turns: View;
  }): Tensor {
    const { numAttentionHeads: heads, hiddenAct, hiddenDropoutProb, attentionProbsDropoutProb: p } =
      this.#config;
    const attended = attention(tape, {
      qkv: linear(tape, layer.attentionNorm ? layerNorm(tape, x, layer.attentionNorm) : x, layer.qkv),
      bounds,
      heads,
      turns,
      window: layer.window,
      dropout: { p, site: `layer.${index}.attention` },
    });
    // Without dropout the product adds what came in by itself.
    const added = p === 0
      ? linear(tape, attended, { ...layer.attentionOutput, residual: x })
      : addDropout(tape, linear(tape, attended, layer.attentionOutput), {
        residual: x,
        dropout: { p, site: `layer.${index}.attention.output` },
      });
    const input = linear(tape, layerNorm(tape, added, layer.mlpNorm), layer.input);
    const gated = dropout(tape, gatedActivation(tape, input, hiddenAct), {
      p: hiddenDropoutProb,
      site: `layer.${index}.mlp`,
    });
    return linear(tape, gated, { ...layer.output, residual: added });
  }
}
