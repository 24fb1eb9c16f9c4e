/** A model cut to the pieces that some words need. */

import { saveFolder } from "../checkpoint/model_folder.ts";
import { widened } from "../checkpoint/quantised.ts";
import type { TensorSource, TensorToWrite } from "../checkpoint/safetensors.ts";
import { openCheckpoint } from "../checkpoint/sharded.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { refusal } from "../json/refusal.ts";
import type { ModelConfig } from "../nn/config.ts";
import { familyOf } from "../nn/families/registry.ts";
import { joinPath, type Store } from "../store/store.ts";
import { checkVocabulary, tokenizerOf } from "../text/tokenizer.ts";
import { trimTokenizer } from "../text/trim_tokenizer.ts";
import { parseConfig, readConfig } from "./config.ts";
import { decoderNames, parameterName } from "./parameter_names.ts";
import { readTokenizer, tokenizerFiles } from "./tokenizer_files.ts";
import { configText } from "./write_config.ts";

/** What a model was and is. */
export interface Trimmed {
  readonly before: ModelSize;
  readonly after: ModelSize;
  /** The old id of each piece that is left, by its new one. */
  readonly kept: readonly number[];
}

/** How large a model is. */
export interface ModelSize {
  readonly config: ModelConfig;
  /** Pieces of the tokenizer. */
  readonly pieces: number;
  /** Numbers in the file of weights. */
  readonly parameters: number;
  /** Bytes of these. */
  readonly bytes: number;
}

/** A folder of a store. */
export interface ModelFolder {
  readonly store: Store;
  readonly dir: string;
}

/** Rows of a table that are read at once. */
const ROWS = 4096;

/**
 * Saves a model with the pieces that words need, and their rows of the word embeddings and of the decoder;
 * everything else is as it was. The words have the same pieces as before (`trimTokenizer`), so they have the
 * same hidden states and tags.
 *
 * @param words each with how often it is there
 * @param options `pieces` is how many there may be at most
 * @throws {CheckpointError} for files that are damaged, or a place where a model would be lost
 * @throws {OptionError} for too few pieces
 * @throws the signal's reason, if it is aborted
 */
export async function trimModel(
  from: ModelFolder,
  to: ModelFolder,
  { words, pieces, signal }: {
    readonly words: ReadonlyMap<string, number>;
    readonly pieces?: number;
    readonly signal?: AbortSignal;
  },
): Promise<Trimmed> {
  const config = await readConfig(from.store, from.dir);
  const { used } = await readTokenizer(from.store, from);
  const whole = tokenizerOf(used);
  checkVocabulary(whole, config.vocabSize);
  const source = widened(await openCheckpoint(from.store, from.dir));
  const { json, kept } = trimTokenizer(used, words, { pieces });
  const trimmed = trimmedConfig(config, { kept, file: from.store.locate(joinPath(from.dir, "config.json")) });
  const tables = tablesOf(source, config);
  const tensors = [...source.tensors].map(([name, { dtype, shape }]): TensorToWrite =>
    tables.has(name)
      ? {
        name,
        dtype,
        shape: [kept.length, ...shape.slice(1)],
        bytes: () => rowsOf(source, name, { kept, signal }),
      }
      : { name, dtype, shape, bytes: () => source.read(name) }
  );
  const text = configText(trimmed.raw, trimmed);
  await saveFolder(to.store, to.dir, {
    parts: new Map([
      ["config.json", new TextEncoder().encode(text)],
      ...tokenizerFiles({ ...used, json }, trimmed),
    ]),
    ...config.numLabels > 0 && { labels: config.id2label },
    tensors,
  });
  const after = await openCheckpoint(to.store, to.dir);
  return {
    before: { config, pieces: whole.vocabSize, ...weightOf(source) },
    after: { config: trimmed, pieces: kept.length, ...weightOf(after) },
    kept,
  };
}

/** The tensors with a row for each piece. */
function tablesOf(source: TensorSource, config: ModelConfig): Set<string> {
  const { wordEmbeddings, maskedLm } = familyOf(config);
  const { weight, bias } = decoderNames(config);
  const named = new Set([wordEmbeddings, maskedLm.bias, weight, bias]);
  return new Set(
    [...source.tensors.keys()].filter((name) =>
      named.has(name) || named.has(parameterName(config, name) ?? "")
    ),
  );
}

/** config.json for the pieces that are left, with the new numbers of tokens. */
function trimmedConfig(
  config: ModelConfig,
  { kept, file }: { readonly kept: readonly number[]; readonly file: string },
): ModelConfig {
  const newIds = new Map(kept.map((old, id) => [old, id]));
  const raw = Object.fromEntries(
    Object.entries({ ...config.raw, vocab_size: kept.length, pad_token_id: config.padTokenId }).flatMap(
      ([field, value]) => {
        if (!field.endsWith("_token_id") || typeof value !== "number") return [[field, value]];
        const id = newIds.get(value);
        return id === undefined ? [] : [[field, id]];
      },
    ),
  );
  const trimmed = { ...parseConfig(raw, file), floats: config.floats };
  const family = familyOf(config);
  if (family.firstPosition(trimmed) !== family.firstPosition(config)) {
    throw refusal(file, {
      expected:
        "a padding token with only tokens before it that are kept, as positions are counted from its number",
      found: `pad_token_id ${config.padTokenId}, which would become ${trimmed.padTokenId}`,
    });
  }
  return trimmed;
}

/** The rows of the pieces that are kept, some at a time. */
async function* rowsOf(
  source: TensorSource,
  name: string,
  { kept, signal }: { readonly kept: readonly number[]; readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const [rows] = source.tensors.get(name)!.shape;
  for (let start = 0, at = 0; at < kept.length; start += ROWS) {
    await yieldToHost(signal);
    const end = Math.min(rows, start + ROWS);
    if (kept[at] >= end) continue;
    const bytes = await source.readRows(name, start, end);
    const size = bytes.length / (end - start);
    const count = kept.findLastIndex((id) => id < end) + 1 - at;
    const picked = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) {
      const row = kept[at + i] - start;
      picked.set(bytes.subarray(row * size, (row + 1) * size), i * size);
    }
    at += count;
    yield picked;
  }
}

function weightOf({ tensors }: TensorSource): { parameters: number; bytes: number } {
  let [parameters, bytes] = [0, 0];
  for (const { shape, start, end } of tensors.values()) {
    parameters += shape.reduce((a, b) => a * b, 1);
    bytes += end - start;
  }
  return { parameters, bytes };
}
