/** config.json: the sizes of a model, checked. */

import { v } from "../dependencies.ts";
import { CheckpointError } from "../errors.ts";
import { readPart } from "../checkpoint/model_folder.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { checkSchema, size } from "../json/schema.ts";
import { isJsonObject } from "../json/strict_json.ts";
import type { HiddenAct, ModelConfig } from "../nn/config.ts";
import type { Family } from "../nn/families/family.ts";
import { familyOf, modelTypes } from "../nn/families/registry.ts";
import { decodeJson, joinPath, type Store } from "../store/store.ts";

/** Far above any encoder there is; without a limit a damaged number would list parameters for ever. */
const LAYER_LIMIT = 128;
/** As far above any encoder: planning memory for a damaged size would list pieces of it for ever. */
const PARAMETER_LIMIT = 100e9;

const ID = "a whole number from 0";
const id = v.pipe(v.number(ID), v.safeInteger(ID), v.minValue(0, ID));
const RATE = "a number from 0 to less than 1";
const rate = v.pipe(v.number(RATE), v.minValue(0, RATE), v.ltValue(1, RATE));
const POSITIVE = "a number greater than 0";
const positive = v.pipe(v.number(POSITIVE), v.finite(POSITIVE), v.gtValue(0, POSITIVE));

const oneOf = <const Names extends readonly string[]>(...names: Names) =>
  v.picklist(names, `${names.join(", ").replace(/, (?=[^,]*$)/, " or ")}, which Lacuna supports`);

/**
 * The numbers of tags, of which `checkLabels` says what is wrong. Valibot's `record` would drop a tag
 * `constructor`.
 */
const idsByLabel = v.pipe(
  v.custom<Record<string, unknown>>(isJsonObject, "an object"),
  v.transform((ids) => new Map(Object.entries(ids))),
);

/** transformers has several names for one function: the exact gelu, and its approximation by tanh. */
const ACTIVATIONS = {
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "gelu_new",
  gelu_fast: "gelu_new",
  gelu_pytorch_tanh: "gelu_new",
  relu: "relu",
} as const satisfies Record<string, HiddenAct>;
const activationNames = Object.keys(ACTIVATIONS) as (keyof typeof ACTIVATIONS)[];

const modelTypeSchema = v.object({ model_type: oneOf(...modelTypes) }, "an object");

/**
 * By BERT's names. Sizes have to be there; the rest has the defaults of transformers, which leaves some
 * fields out of its files.
 */
const entries = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: v.pipe(size, v.maxValue(LAYER_LIMIT, `at most ${LAYER_LIMIT}`)),
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size,
  hidden_act: v.optional(v.pipe(oneOf(...activationNames), v.transform((name) => ACTIVATIONS[name])), "gelu"),
  hidden_dropout_prob: v.optional(rate, 0.1),
  attention_probs_dropout_prob: v.optional(rate, 0.1),
  classifier_dropout: v.optional(v.nullable(rate), null),
  position_embedding_type: v.optional(oneOf("absolute"), "absolute"),
  type_vocab_size: v.optional(size, 2),
  layer_norm_eps: v.optional(positive, 1e-12),
  pad_token_id: v.nullish(id),
  initializer_range: v.optional(positive, 0.02),
  tie_word_embeddings: v.optional(v.boolean("true or false"), true),
  is_decoder: v.optional(v.literal(false, "false: Lacuna has encoders only"), false),
  id2label: v.optional(v.record(v.string(), v.string("a tag"), "an object"), {}),
  label2id: v.optional(idsByLabel),
};

type Fields = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;

/** The fields of a file under BERT's names; those that its family does not have get their defaults. */
function checkFields(
  { fieldNames = {}, fieldDefaults = {} }: Family,
  json: unknown,
  file: string,
): Fields {
  const nameOf = (field: string) => field in fieldNames ? fieldNames[field] : field;
  const named = Object.entries(entries).map(([field, entry]) => ({ field, name: nameOf(field), entry }));
  const there = named.flatMap(({ name, entry }) => name === null ? [] : [[name, entry] as const]);
  const defaults = Object.entries(fieldDefaults).map(([field, value]) => [nameOf(field) ?? field, value]);
  const filled = { ...Object.fromEntries(defaults), ...json as Record<string, unknown> };
  const found = checkSchema(v.object(Object.fromEntries(there)), filled, { file }) as Record<string, unknown>;
  const values = named.map(({ field, name, entry }) => [
    field,
    name === null ? v.parse<v.GenericSchema>(entry, undefined) : found[name],
  ]);
  return Object.fromEntries(values) as Fields;
}

/**
 * Reads and checks config.json of a directory.
 *
 * @param dir a folder of the store, or "" for the store's own
 * @throws {CheckpointError} if it is missing, is no JSON, or describes a model that cannot be or that Lacuna
 * is not
 */
export async function readConfig(store: Store, dir: string): Promise<ModelConfig> {
  const part = await readPart(store, dir, "config.json");
  if (!part) {
    const file = store.locate(joinPath(dir, "config.json"));
    throw new CheckpointError(
      `${file}: expected the config.json of a Hugging Face model directory, found no such file`,
    );
  }
  const text = new TextDecoder().decode(part.bytes);
  return { ...parseConfig(decodeJson(part.bytes, part.file), part.file), floats: floatsIn(text) };
}

/** The names of fields whose numbers have a point or an exponent. */
function floatsIn(text: string): Set<string> {
  return new Set(Array.from(text.matchAll(/"([\w-]+)"\s*:\s*-?\d+[.eE]/g), ([, field]) => field));
}

/**
 * Checks what config.json says.
 *
 * @param json its value, with the field names of the file
 * @param file its full name, for messages
 * @throws {CheckpointError} if it describes a model that cannot be or that Lacuna is not
 */
export function parseConfig(json: unknown, file: string): ModelConfig {
  const { model_type: modelType } = checkSchema(modelTypeSchema, json, { file });
  const family = familyOf({ modelType });
  const fields = checkFields(family, json, file);
  if (family.fields) checkSchema(family.fields, json, { file });
  const id2label = checkLabels(fields, file);
  const config: ModelConfig = {
    modelType,
    vocabSize: fields.vocab_size,
    hiddenSize: fields.hidden_size,
    numHiddenLayers: fields.num_hidden_layers,
    numAttentionHeads: fields.num_attention_heads,
    intermediateSize: fields.intermediate_size,
    hiddenAct: fields.hidden_act,
    hiddenDropoutProb: fields.hidden_dropout_prob,
    attentionProbsDropoutProb: fields.attention_probs_dropout_prob,
    classifierDropout: fields.classifier_dropout,
    maxPositionEmbeddings: fields.max_position_embeddings,
    positionEmbeddingType: fields.position_embedding_type,
    typeVocabSize: fields.type_vocab_size,
    layerNormEps: fields.layer_norm_eps,
    padTokenId: fields.pad_token_id ?? family.padTokenId,
    initializerRange: fields.initializer_range,
    tieWordEmbeddings: fields.tie_word_embeddings,
    id2label,
    label2id: new Map(id2label.map((label, i) => [label, i])),
    numLabels: id2label.length,
    raw: json as Record<string, unknown>,
    floats: new Set(),
  };
  checkSizes(config, file);
  return config;
}

/** The longest sequence the position table has rows for, special tokens included. */
export function maxTokens(config: ModelConfig): number {
  return config.maxPositionEmbeddings - familyOf(config).firstPosition(config);
}

function checkSizes(config: ModelConfig, file: string): void {
  const { hiddenSize, numAttentionHeads, vocabSize, padTokenId } = config;
  if (hiddenSize % numAttentionHeads !== 0) {
    throw refusal(file, {
      expected: "hidden_size to be a multiple of num_attention_heads",
      found: `${hiddenSize} and ${numAttentionHeads}`,
    });
  }
  if (padTokenId >= vocabSize) {
    throw refusal(file, { expected: `pad_token_id below vocab_size ${vocabSize}`, found: `${padTokenId}` });
  }
  if (maxTokens(config) < 1) {
    throw refusal(file, {
      expected: `max_position_embeddings above pad_token_id + 1, where ${config.modelType} counts from`,
      found: `${config.maxPositionEmbeddings} and ${padTokenId}`,
    });
  }
  let parameters = 0;
  for (const { shape } of familyOf(config).specs(config)) parameters += shape.reduce((a, b) => a * b, 1);
  if (parameters > PARAMETER_LIMIT) {
    throw refusal(file, {
      expected: `sizes of at most ${PARAMETER_LIMIT / 1e9} billion parameters together`,
      found: `sizes of ${(parameters / 1e9).toPrecision(3)} billion`,
    });
  }
}

/** The tags by row; `id2label` counts, `label2id` may not contradict it. */
function checkLabels(
  fields: { id2label: Record<string, string>; label2id?: Map<string, unknown> },
  file: string,
): string[] {
  const count = Object.keys(fields.id2label).length;
  const labels = new Set<string>();
  for (let i = 0; i < count; i++) {
    const label = fields.id2label[i];
    if (label === undefined) {
      throw refusal(file, { expected: `id2label with the keys 0 to ${count - 1}`, found: `no "${i}"` });
    }
    if (labels.has(label)) {
      throw refusal(file, { expected: "different tags in id2label", found: `${quote(label)} twice` });
    }
    if (fields.label2id !== undefined && fields.label2id.get(label) !== i) {
      throw refusal(file, {
        expected: `label2id to give ${quote(label)} the number ${i}, as id2label does`,
        found: quote(fields.label2id.get(label)),
        advice: "correct label2id or remove it, the rest of the file is enough",
      });
    }
    labels.add(label);
  }
  return [...labels];
}
