import { CheckpointError } from "../errors.ts";
import { type PartName, readPart, WEIGHTS } from "../checkpoint/model_folder.ts";
import { refusal } from "../json/refusal.ts";
import type { ModelConfig } from "../nn/config.ts";
import { decodeJson, joinPath, type Store } from "../store/store.ts";
import { checkVocabulary, type Tokenizer, tokenizerOf } from "../text/tokenizer.ts";
import { type Normalisation, type UsedTokenizer, usedTokenizer } from "../text/used_tokenizer.ts";
import { maxTokens } from "./config.ts";

/** The files of the tokenizer that a model is used with, as they are saved with it. */
export type TokenizerFiles = ReadonlyMap<PartName, Uint8Array>;

/** A tokenizer and its files. */
export interface OpenedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly files: TokenizerFiles;
}

/**
 * Reads tokenizer.json and, where there is one, tokenizer_config.json of a checkpoint.
 *
 * The files to save say what is done here, so that transformers gives the same ids: tokenizer.json is the one
 * that was read, byte by byte, or what was made of it (`usedTokenizer`), and tokenizer_config.json is written
 * anew.
 *
 * @throws {CheckpointError} if there is no tokenizer.json, its ids do not fit the model's vocabulary, or it
 * is not the one with which the weights were saved
 */
export async function openTokenizer(
  store: Store,
  { dir, config, normalise }: { dir: string; config: ModelConfig; normalise?: Normalisation },
): Promise<OpenedTokenizer> {
  const { used, bytes } = await readTokenizer(store, { dir, normalise });
  const tokenizer = tokenizerOf(used);
  checkVocabulary(tokenizer, config.vocabSize);
  return { tokenizer, files: tokenizerFiles(used, config, bytes) };
}

/**
 * Reads the files of a tokenizer, as {@linkcode openTokenizer} does.
 *
 * @returns `bytes` are those of tokenizer.json where it is used as it is
 */
export async function readTokenizer(
  store: Store,
  { dir, normalise }: { dir: string; normalise?: Normalisation },
): Promise<{ used: UsedTokenizer; bytes: Uint8Array | undefined }> {
  const read = await readPart(store, dir, "tokenizer.json");
  if (!read) {
    throw await noTokenizer(store, dir);
  }
  // transformers writes more into tokenizer_config.json than the tokens that are taken from it.
  if (read.changed) {
    throw refusal(read.file, {
      expected: `the tokenizer with which ${WEIGHTS} beside it was saved`,
      found: "another one",
      advice: "put the tokenizer.json back that was saved with it",
    });
  }
  const named = await readPart(store, dir, "tokenizer_config.json");
  const tokenizerJson = decodeJson(read.bytes, read.file);
  const tokenizerConfig = named && decodeJson(named.bytes, named.file);
  const used = usedTokenizer({ tokenizerJson, tokenizerConfig }, { normalise });
  return { used, bytes: used.json === tokenizerJson ? read.bytes : undefined };
}

/**
 * The files of a tokenizer as they are saved.
 *
 * @param bytes those of tokenizer.json, where they are the ones that were read
 */
export function tokenizerFiles(used: UsedTokenizer, config: ModelConfig, bytes?: Uint8Array): TokenizerFiles {
  return new Map<PartName, Uint8Array>([
    ["tokenizer.json", bytes ?? encodeJson(used.json)],
    ["tokenizer_config.json", encodeJson({ ...used.config, model_max_length: maxTokens(config) })],
  ]);
}

/** Files of tokenizers in other formats, which transformers converts. */
const OTHER_FORMATS = [
  "vocab.txt",
  "vocab.json",
  "sentencepiece.bpe.model",
  "spiece.model",
  "spm.model",
  "tokenizer.model",
];

async function noTokenizer(store: Store, dir: string): Promise<CheckpointError> {
  const file = store.locate(joinPath(dir, "tokenizer.json"));
  const there = await Promise.all(OTHER_FORMATS.map((name) => store.exists(joinPath(dir, name))));
  const other = OTHER_FORMATS.find((_, i) => there[i]);
  const folder = JSON.stringify(file.slice(0, -"tokenizer.json".length) || ".");
  const convert = `transformers.AutoTokenizer.from_pretrained(${folder}).save_pretrained(${folder})`;
  return refusal(file, {
    expected: "the tokenizer of the model",
    found: other === undefined ? "no such file" : `${other} in its place`,
    advice: other === undefined
      ? "copy the tokenizer.json of the checkpoint there"
      : `in Python ${convert} converts it`,
  });
}

function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, undefined, 2) + "\n");
}
