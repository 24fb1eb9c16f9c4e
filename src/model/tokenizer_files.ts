import { CheckpointError } from "../errors.ts";
import { type PartName, readPart, WEIGHTS } from "../checkpoint/model_folder.ts";
import { refusal } from "../json/refusal.ts";
import type { ModelConfig } from "../nn/config.ts";
import { decodeJson, joinPath, type Store } from "../store/store.ts";
import { checkVocabulary, loadTokenizer, type Tokenizer } from "../text/tokenizer.ts";

/** The files of a tokenizer, byte by byte, so that a saved model has the very same ones. */
export type TokenizerFiles = ReadonlyMap<PartName, Uint8Array>;

/** A tokenizer and the files that it came from. */
export interface OpenedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly files: TokenizerFiles;
}

/**
 * Reads tokenizer.json and, where there is one, tokenizer_config.json of a checkpoint.
 *
 * @throws {CheckpointError} if there is no tokenizer.json, its ids do not fit the model's vocabulary, or it is not the one
 * with which the weights were saved
 */
export async function openTokenizer(
  store: Store,
  { dir, config }: { dir: string; config: ModelConfig },
): Promise<OpenedTokenizer> {
  const files = new Map<PartName, Uint8Array>();
  const values = new Map<PartName, unknown>();
  for (const name of ["tokenizer.json", "tokenizer_config.json"] as const) {
    const part = await readPart(store, dir, name);
    if (!part) continue;
    // transformers writes more into tokenizer_config.json than the tokens that are taken from it.
    if (part.changed && name === "tokenizer.json") {
      throw refusal(part.file, {
        expected: `the tokenizer with which ${WEIGHTS} beside it was saved`,
        found: "another one",
        advice: "put the tokenizer.json back that was saved with it",
      });
    }
    files.set(name, part.bytes);
    values.set(name, decodeJson(part.bytes, part.file));
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
