/** config.json of a model that is saved, with the fields of its origin that Lacuna does not know. */

import type { ModelConfig } from "../nn/config.ts";
import { familyOf } from "../nn/families/registry.ts";

/**
 * Fields that say again, or said in older files, what is written anew below, and those that name code for a
 * model or tokenizer which is not saved with it.
 */
const REPLACED = new Set([
  "num_labels",
  "_num_labels",
  "id2label",
  "label2id",
  "dtype",
  "tokenizer_class",
  "auto_map",
]);

/** Numbers of any value: transformers 5 refuses `1` for a field that is a float, and `8.0` for a count. */
const FLOATS: ReadonlySet<string> = new Set([
  "hidden_dropout_prob",
  "attention_probs_dropout_prob",
  "classifier_dropout",
  "layer_norm_eps",
  "initializer_range",
]);
const COUNTS: ReadonlySet<string> = new Set([
  "vocab_size",
  "hidden_size",
  "num_hidden_layers",
  "num_attention_heads",
  "intermediate_size",
  "max_position_embeddings",
  "type_vocab_size",
  "pad_token_id",
]);

/**
 * The value of config.json for a model that is saved: what the file said, with everything Lacuna knows on
 * top.
 *
 * @param options `labels` makes it a token classification model with these tags in the order of their rows;
 * without them it is a masked language model
 */
export function writeConfig(
  config: ModelConfig,
  options: { labels?: readonly string[] } = {},
): Record<string, unknown> {
  const { labels } = options;
  const { className, fieldNames = {} } = familyOf(config);
  const known = Object.entries(knownFields(config)).flatMap(([field, value]) => {
    const name = field in fieldNames ? fieldNames[field] : field;
    return name === null ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(Object.entries(config.raw).filter(([field]) => !REPLACED.has(field))),
    architectures: [`${className}For${labels === undefined ? "MaskedLM" : "TokenClassification"}`],
    ...Object.fromEntries(known),
    // transformers computes in this dtype, whatever dtype the tensors have.
    torch_dtype: "float32",
    ...(labels && {
      id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
      label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    }),
  };
}

/** The fields that every family has, under BERT's names. */
function knownFields(config: ModelConfig): Record<string, unknown> {
  return {
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    intermediate_size: config.intermediateSize,
    hidden_act: config.hiddenAct,
    hidden_dropout_prob: config.hiddenDropoutProb,
    attention_probs_dropout_prob: config.attentionProbsDropoutProb,
    classifier_dropout: config.classifierDropout,
    max_position_embeddings: config.maxPositionEmbeddings,
    position_embedding_type: config.positionEmbeddingType,
    type_vocab_size: config.typeVocabSize,
    layer_norm_eps: config.layerNormEps,
    pad_token_id: config.padTokenId,
    initializer_range: config.initializerRange,
    tie_word_embeddings: config.tieWordEmbeddings,
  };
}

/** No text of a file has it: half a surrogate pair. */
const MARK = "\ud800";

/**
 * The text of config.json for a value of {@linkcode writeConfig}. A whole number is written as `1.0` where it
 * is a float by its field, or was written as one in the file that the config comes from.
 */
export function configText(json: Record<string, unknown>, { floats }: Pick<ModelConfig, "floats">): string {
  const isFloat = (field: string) => FLOATS.has(field) || floats.has(field) && !COUNTS.has(field);
  const marked = (field: string, value: unknown) =>
    Number.isInteger(value) && isFloat(field) ? `${MARK}${value}.0` : value;
  return JSON.stringify(json, marked, 2).replace(/"\\ud800([^"]*)"/g, "$1") + "\n";
}
