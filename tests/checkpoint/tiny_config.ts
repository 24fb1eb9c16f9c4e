/** A config.json and weights that fit it, for tests to damage. */

import { parseConfig } from "../../src/model/config.ts";
import { type HeadOptions, savedHeads, specsOf } from "../../src/model/heads.ts";
import { type TensorToWrite, writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";

/** The fields that config.json has to have, and a tag set. */
export const TINY_CONFIG = {
  model_type: "bert",
  vocab_size: 11,
  hidden_size: 4,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 6,
  max_position_embeddings: 8,
  id2label: { "0": "B-PER", "1": "I-PER", "2": "O" },
  label2id: { "B-PER": 0, "I-PER": 1, "O": 2 },
};

/** `TINY_CONFIG` with other fields; undefined takes a field out. */
export function tinyConfig(changes: Record<string, unknown> = {}) {
  return parseConfig(JSON.parse(JSON.stringify({ ...TINY_CONFIG, ...changes })), "config.json");
}

/** A tagging head for its tags. */
export const tinyTagging = tokenClassification.of(Object.values(TINY_CONFIG.id2label));

const BYTES = { F32: 4, I64: 8, I8: 1 } as const;

/** A tensor of zeros. */
export function zeros(
  name: string,
  shape: readonly number[],
  dtype: keyof typeof BYTES = "F32",
): TensorToWrite {
  const elements = shape.reduce((a, b) => a * b, 1);
  return { name, dtype, shape, bytes: () => new Uint8Array(elements * BYTES[dtype]) };
}

/** Zeros for every parameter of a tiny model, by the names of Lacuna. */
export function tinyTensors(
  options: HeadOptions,
  changes: Record<string, unknown> = {},
): Map<string, TensorToWrite> {
  const specs = specsOf(tinyConfig(changes), savedHeads(options));
  return new Map(specs.map(({ name, shape }) => [name, zeros(name, shape)]));
}

/** A store with one model.safetensors. */
export async function storeOf(tensors: Iterable<TensorToWrite>): Promise<MemoryStore> {
  const store = new MemoryStore();
  await writeSafetensors(store, "model.safetensors", { tensors });
  return store;
}
