import { saveFolder } from "../checkpoint/model_folder.ts";
import { fromFloat32 } from "../checkpoint/safetensors.ts";
import { readPieces } from "../device/read_pieces.ts";
import { CheckpointError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { savedHeads, specsOf } from "./heads.ts";
import type { Model } from "./model.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";
import { writeConfig } from "./write_config.ts";

/** Number formats in which weights can be saved; F16 takes half the bytes and keeps about three digits. */
export type SavedDtype = "F32" | "F16";

/**
 * Saves a model in Hugging Face's layout: config.json, model.safetensors (transformers' names) and the files of the
 * tokenizer; transformers opens it and gives the same logits. All of it or nothing (see `saveFolder`).
 *
 * @throws {CheckpointError} if a weight is beyond the range of F16, or a file would be replaced that is not as Lacuna saved
 * it
 */
export async function saveModel(
  model: Model,
  store: Store,
  { dir, tokenizer, dtype = "F32", keepMaskedLm = false }: {
    dir: string;
    tokenizer: TokenizerFiles;
    dtype?: SavedDtype;
    keepMaskedLm?: boolean;
  },
): Promise<void> {
  const { labels, options: { tagging, maskedLm } } = model;
  // A tagger has no use for the masked-LM head that it may have been trained with.
  const heads = savedHeads({ tagging, maskedLm: maskedLm && (!tagging || keepMaskedLm) });
  const tags = tagging ? { labels } : {};
  const json = JSON.stringify(writeConfig(model.config, tags), undefined, 2) + "\n";
  const config = new TextEncoder().encode(json);
  const tensors = specsOf(model.config, heads).map(({ name, shape }) => ({
    name,
    dtype,
    shape,
    bytes: () => bytesOf(model, name, dtype),
  }));
  await saveFolder(store, dir, { parts: new Map([["config.json", config], ...tokenizer]), ...tags, tensors });
}

async function* bytesOf(model: Model, name: string, dtype: SavedDtype): AsyncGenerator<Uint8Array> {
  const { parts } = model.parameters.get(name);
  for await (const values of readPieces(model.device, parts.map(({ values }) => values))) {
    if (dtype === "F16") checkRange(name, values);
    yield fromFloat32(dtype, values);
  }
}

/** The largest number of F16. */
const LARGEST_HALF = 65504;

function checkRange(name: string, values: Float32Array): void {
  const beyond = values.find((value) => !(Math.abs(value) <= LARGEST_HALF));
  if (beyond === undefined) return;
  throw new CheckpointError(
    `${name}: expected weights up to ${LARGEST_HALF} to save as float16 but found ${beyond}: save as float32`,
  );
}
