/** Names and shapes of a model's parameters, which are those of transformers' modules. */

import { CheckpointError, OptionError } from "../errors.ts";
import type { ModelConfig } from "./config.ts";

/** What stands on the encoder: tags, words, both (`joint`), or nothing. */
export type Head = "tokenClassification" | "maskedLm" | "joint" | "none";

/** Which heads a model has. */
export interface HeadOptions {
  /** What stands on the encoder. */
  readonly head: Head;
  /** The tags of the tagging head, in the order of its rows; by default those of config.json. */
  readonly labels?: readonly string[];
}

/** The module that holds the encoder: parameter names begin with `bert.` or `roberta.`. */
export function encoderName(config: ModelConfig): "bert" | "roberta" {
  return config.modelType === "bert" ? "bert" : "roberta";
}

/**
 * The name inside Lacuna of a tensor in a file: with the encoder's prefix, and `weight` and `bias` where old files say
 * `gamma` and `beta`. Undefined for what Lacuna has no use for: the pooler, the next-sentence head, index buffers, and
 * the second copies of tied tensors.
 */
export function normaliseName(name: string, config: ModelConfig): string | undefined {
  const modern = name.replace(/LayerNorm\.gamma$/, "LayerNorm.weight")
    .replace(/LayerNorm\.beta$/, "LayerNorm.bias");
  const full = /^(embeddings|encoder|pooler)\./.test(modern) ? `${encoderName(config)}.${modern}` : modern;
  return UNUSED_BY_DESIGN.some((pattern) => pattern.test(full)) ? undefined : full;
}

const UNUSED_BY_DESIGN = [
  /^\w+\.pooler\./,
  /^\w+\.embeddings\.(position_ids|token_type_ids)$/,
  /^cls\.seq_relationship\./,
  /^(cls\.predictions|lm_head)\.decoder\.(weight|bias)$/,
];

/**
 * Name and shape of every parameter that a model has, from the embeddings upwards.
 *
 * @throws {OptionError} for a tagging head without tags
 * @throws {CheckpointError} for a masked-LM head whose decoder is not tied to the embeddings
 */
export function parameterShapes(config: ModelConfig, options: HeadOptions): Map<string, readonly number[]> {
  const { vocabSize, hiddenSize, intermediateSize } = config;
  const shapes = new Map<string, readonly number[]>();

  const linear = (name: string, outputs: number, inputs: number) => {
    shapes.set(`${name}.weight`, [outputs, inputs]);
    shapes.set(`${name}.bias`, [outputs]);
  };
  const layerNorm = (name: string) => {
    shapes.set(`${name}.weight`, [hiddenSize]);
    shapes.set(`${name}.bias`, [hiddenSize]);
  };

  const encoder = encoderName(config);
  shapes.set(`${encoder}.embeddings.word_embeddings.weight`, [vocabSize, hiddenSize]);
  shapes.set(`${encoder}.embeddings.position_embeddings.weight`, [config.maxPositionEmbeddings, hiddenSize]);
  shapes.set(`${encoder}.embeddings.token_type_embeddings.weight`, [config.typeVocabSize, hiddenSize]);
  layerNorm(`${encoder}.embeddings.LayerNorm`);

  for (let i = 0; i < config.numHiddenLayers; i++) {
    const layer = `${encoder}.encoder.layer.${i}`;
    linear(`${layer}.attention.self.query`, hiddenSize, hiddenSize);
    linear(`${layer}.attention.self.key`, hiddenSize, hiddenSize);
    linear(`${layer}.attention.self.value`, hiddenSize, hiddenSize);
    linear(`${layer}.attention.output.dense`, hiddenSize, hiddenSize);
    layerNorm(`${layer}.attention.output.LayerNorm`);
    linear(`${layer}.intermediate.dense`, intermediateSize, hiddenSize);
    linear(`${layer}.output.dense`, hiddenSize, intermediateSize);
    layerNorm(`${layer}.output.LayerNorm`);
  }

  if (options.head === "tokenClassification" || options.head === "joint") {
    linear("classifier", tagCount(config, options), hiddenSize);
  }
  if (options.head === "maskedLm" || options.head === "joint") {
    if (!config.tieWordEmbeddings) {
      throw new CheckpointError(
        "expected tie_word_embeddings to be true for a masked-LM head, whose decoder is the word embedding table, " +
          "found false in config.json",
      );
    }
    // The decoder's weight is the word embedding table, so only its bias is a parameter.
    const isBert = encoder === "bert";
    linear(isBert ? "cls.predictions.transform.dense" : "lm_head.dense", hiddenSize, hiddenSize);
    layerNorm(isBert ? "cls.predictions.transform.LayerNorm" : "lm_head.layer_norm");
    shapes.set(isBert ? "cls.predictions.bias" : "lm_head.bias", [vocabSize]);
  }
  return shapes;
}

function tagCount(config: ModelConfig, { labels = config.id2label }: HeadOptions): number {
  if (labels.length > 0) return labels.length;
  throw new OptionError(
    "expected the tags of the tagging head, found none given and no id2label in config.json",
  );
}
