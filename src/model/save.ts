import { writeConfig } from "../checkpoint/hugging_face.ts";
import { fromFloat32, writeSafetensors } from "../checkpoint/safetensors.ts";
import { joinPath, type Store, writeAtomic } from "../store/store.ts";
import type { Model } from "./model.ts";

/** Files of a tokenizer, copied as they are. */
export interface TokenizerFiles {
  readonly tokenizerJson: Uint8Array;
  readonly tokenizerConfig: Uint8Array;
}

/**
 * Saves a model in Hugging Face's layout: config.json, model.safetensors (F32, transformers' names), tokenizer.json
 * and tokenizer_config.json; transformers opens it and gives the same logits. Each file appears whole or not at all.
 */
export async function saveModel(
  model: Model,
  store: Store,
  { dir, tokenizer }: { dir: string; tokenizer: TokenizerFiles },
): Promise<void> {
  const { parameters, config, labels, tagging } = model;
  const tensors = [...model.shapes].map(([name, shape]) => ({
    name,
    dtype: "F32" as const,
    shape,
    bytes: async () => fromFloat32("F32", await parameters.read(name)),
  }));
  await writeSafetensors(store, joinPath(dir, "model.safetensors"), { tensors, metadata: { format: "pt" } });
  const json = JSON.stringify(writeConfig(config, tagging ? { labels } : {}), undefined, 2) + "\n";
  const files = {
    "config.json": new TextEncoder().encode(json),
    "tokenizer.json": tokenizer.tokenizerJson,
    "tokenizer_config.json": tokenizer.tokenizerConfig,
  };
  for (const [name, bytes] of Object.entries(files)) {
    await writeAtomic(store, joinPath(dir, name), (sink) => sink.write(bytes));
  }
}
