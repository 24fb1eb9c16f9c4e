/**
 * The tokenizer that a model is used with, from the files of its checkpoint: as a tokenizer.json that says
 * everything, so that whoever reads the file gives the same ids.
 */

import { isJsonObject } from "../json/strict_json.ts";
import { checkSchema } from "../json/schema.ts";
import { CheckpointError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { findSpecialTokens, type SpecialTokens, tokenText } from "./special_tokens.ts";
import { forSplitWords, withNfc } from "./split_words.ts";
import { checkedModel, vocabularyOf } from "./tokenizer_model.ts";
import { tokenizerParts } from "./tokenizer_parts.ts";

type Json = Readonly<Record<string, unknown>>;

/** The parsed JSON of a checkpoint's two tokenizer files. */
export interface TokenizerJson {
  /** tokenizer.json: WordPiece, Unigram or BPE. */
  readonly tokenizerJson: unknown;
  /**
   * tokenizer_config.json, which names the special tokens; without it they are looked up under their usual
   * names.
   */
  readonly tokenizerConfig?: unknown;
}

/** What is done with text before anything else: `nfc` puts NFC there. */
export type Normalisation = "none" | "nfc";

/** All of them. */
export const normalisations: readonly Normalisation[] = ["none", "nfc"];

/** A tokenizer as it is used. */
export interface UsedTokenizer {
  /** tokenizer.json; the value that was read, where nothing of it had to change. */
  readonly json: Json;
  readonly special: SpecialTokens;
  /** tokenizer_config.json for it, without the longest sequence. */
  readonly config: Json;
}

/** What of tokenizer_config.json is kept: transformers finds the special tokens by it. */
const TOKEN_KEYS = [
  "bos_token",
  "eos_token",
  "cls_token",
  "sep_token",
  "unk_token",
  "pad_token",
  "mask_token",
];

/**
 * @param options `normalise` puts NFC before everything that the file does
 * @throws {CheckpointError} when tokenizer.json has parts that are not known, or a special token is missing
 */
export function usedTokenizer(
  { tokenizerJson, tokenizerConfig = {} }: TokenizerJson,
  { normalise = "none" }: { readonly normalise?: Normalisation } = {},
): UsedTokenizer {
  const json = checkObject(tokenizerJson, "tokenizer.json");
  const config = checkObject(tokenizerConfig, "tokenizer_config.json");
  checkSchema(tokenizerParts, json, {
    file: "tokenizer.json",
    advice: "take a checkpoint with another tokenizer",
  });
  const whole = { ...json, model: checkedModel(json) };
  const ids = vocabularyOf(whole);
  const tokens = new Map(Array.from(ids, ([token, id]) => [id, token]));
  const special = findSpecialTokens(
    { unk_token: unknownToken(whole.model), ...config },
    (token) => ids.get(token),
  );
  const asRead = whole.model === json.model ? json : whole;
  const spaced = forSplitWords(normalise === "nfc" ? withNfc(asRead) : asRead);
  return {
    json: withTemplate(withSpecialTokens(spaced, { special, tokens }), { special, tokens }),
    special,
    config: configOf(config, { special, tokens, ids }),
  };
}

interface Vocabulary {
  readonly special: SpecialTokens;
  readonly tokens: ReadonlyMap<number, string>;
}

/** transformers adds the tokens that tokenizer_config.json names to those that are matched in text. */
function withSpecialTokens(json: Json, { special, tokens }: Vocabulary): Json {
  const added = (json.added_tokens ?? []) as { readonly content: string }[];
  const known = new Set(added.map(({ content }) => content));
  const ids = new Set(Object.values(special).filter((id) => id !== undefined));
  const missing = [...ids].filter((id) => !known.has(tokens.get(id)!));
  if (missing.length === 0) return json;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const more = missing.map((id) => ({ id, content: tokens.get(id)!, ...flags }));
  return { ...json, added_tokens: [...added, ...more] };
}

/** Without a post_processor transformers puts nothing around a sentence, or what it likes. */
function withTemplate(json: Json, { special: { clsId, sepId }, tokens }: Vocabulary): Json {
  if (json.post_processor !== null && json.post_processor !== undefined) return json;
  const named = [clsId, sepId].map((id) => ({ id: tokens.get(id)!, ids: [id], tokens: [tokens.get(id)!] }));
  const [cls, sep] = named.map(({ id }) => ({ SpecialToken: { id, type_id: 0 } }));
  const [a, b] = ["A", "B"].map((id) => ({ Sequence: { id, type_id: 0 } }));
  const template = {
    type: "TemplateProcessing",
    single: [cls, a, sep],
    pair: [cls, a, sep, b, sep],
    special_tokens: Object.fromEntries(named.map((token) => [token.id, token])),
  };
  return { ...json, post_processor: template };
}

/**
 * Only the class PreTrainedTokenizerFast keeps tokenizer.json: under any other name, or without one,
 * AutoTokenizer of transformers 5 builds the tokenizer of the model's class anew, by its own rules, and gives
 * other ids without a word.
 */
function configOf(
  config: Json,
  { special, tokens, ids }: Vocabulary & { ids: ReadonlyMap<string, number> },
): Json {
  const { clsId, sepId, unkId, padId, maskId } = special;
  const found: Record<string, number | undefined> = {
    cls_token: clsId,
    sep_token: sepId,
    unk_token: unkId,
    pad_token: padId,
    mask_token: maskId,
  };
  const named = TOKEN_KEYS.flatMap((key) => {
    const id = found[key];
    const token = id === undefined ? tokenText(config[key]) : tokens.get(id);
    return token !== undefined && ids.has(token) ? [[key, token]] : [];
  });
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    // Token types are 0 throughout, as models take them to be where they are not given; some models know
    // none.
    model_input_names: ["input_ids", "attention_mask"],
    ...Object.fromEntries(named),
  };
}

function unknownToken({ type, vocab, unk_token, unk_id }: Json): unknown {
  return type === "Unigram" ? (vocab as [string, number][])[unk_id as number][0] : unk_token;
}

function checkObject(value: unknown, file: string): Record<string, unknown> {
  if (isJsonObject(value)) return value;
  throw new CheckpointError(`${file}: expected a JSON object, found ${quote(value)}`);
}
