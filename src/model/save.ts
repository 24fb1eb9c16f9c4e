import { fromFloat32, writeSafetensors } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import { joinPath, type Store, writeAtomic } from "../store/store.ts";
import { savedHeads, specsOf } from "./heads.ts";
import type { Model } from "./model.ts";
import type { TokenizerFiles } from "./tokenizer_files.ts";
import { writeConfig } from "./write_config.ts";

/** Number formats in which weights can be saved; F16 takes half the bytes and keeps about three digits. */
export type SavedDtype = "F32" | "F16";

/**
 * Saves a model in Hugging Face's layout: config.json, model.safetensors (transformers' names) and the files of the
 * tokenizer; transformers opens it and gives the same logits. Each file appears whole or not at all.
 *
 * @throws {CheckpointError} if a weight is beyond the range of F16
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
  for (const [name, bytes] of tokenizer) await saveFile(store, joinPath(dir, name), bytes);
  const { labels, options: { tagging, maskedLm } } = model;
  // A tagger has no use for the masked-LM head that it may have been trained with.
  const heads = savedHeads({ tagging, maskedLm: maskedLm && (!tagging || keepMaskedLm) });
  const config = writeConfig(model.config, tagging ? { labels } : {});
  const json = JSON.stringify(config, undefined, 2) + "\n";
  await saveFile(store, joinPath(dir, "config.json"), new TextEncoder().encode(json));
  const tensors = specsOf(model.config, heads).map(({ name, shape }) => ({
    name,
    dtype,
    shape,
    bytes: async () => {
      const values = await model.parameters.read(name);
      if (dtype === "F16") checkRange(name, values);
      return fromFloat32(dtype, values);
    },
  }));
  await writeSafetensors(store, joinPath(dir, "model.safetensors"), { tensors, metadata: { format: "pt" } });
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

async function saveFile(store: Store, path: string, bytes: Uint8Array): Promise<void> {
  await writeAtomic(store, path, (sink) => sink.write(bytes));
}
