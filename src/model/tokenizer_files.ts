import { CheckpointError } from "../errors.ts";
import type { ModelConfig } from "../nn/config.ts";
import { joinPath, readJson, type Store } from "../store/store.ts";
import { checkVocabulary, loadTokenizer, type Tokenizer } from "../text/tokenizer.ts";

/** The files of a tokenizer, byte by byte, so that a saved model has the very same ones. */
export type TokenizerFiles = ReadonlyMap<string, Uint8Array>;

/** A tokenizer and the files that it came from. */
export interface OpenedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly files: TokenizerFiles;
}

/**
 * Reads tokenizer.json and, where there is one, tokenizer_config.json of a checkpoint.
 *
 * @throws {CheckpointError} if there is no tokenizer.json, or its ids do not fit the model's vocabulary
 */
export async function openTokenizer(
  store: Store,
  { dir, config }: { dir: string; config: ModelConfig },
): Promise<OpenedTokenizer> {
  const files = new Map<string, Uint8Array>();
  const values = new Map<string, unknown>();
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    const path = joinPath(dir, name);
    if (!await store.exists(path)) continue;
    files.set(name, await store.read(path, 0, await store.size(path)));
    values.set(name, await readJson(store, path));
  }
  if (!values.has("tokenizer.json")) {
    throw new CheckpointError(
      `${
        store.locate(joinPath(dir, "tokenizer.json"))
      }: expected the tokenizer of the model, found no such file ` +
        "(vocab.txt and sentencepiece.bpe.model are not read: save the fast tokenizer of transformers)",
    );
  }
  const tokenizer = loadTokenizer({
    tokenizerJson: values.get("tokenizer.json"),
    tokenizerConfig: values.get("tokenizer_config.json"),
  });
  checkVocabulary(tokenizer, config.vocabSize);
  return { tokenizer, files };
}
