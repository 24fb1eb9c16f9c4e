/** The weights of a checkpoint directory, in one file or in several shards, as one source of tensors. */

import { CheckpointError } from "../errors.ts";
import { joinPath, readText, type Store } from "../store/store.ts";
import { quote, UNSEEN } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { WEIGHTS } from "./model_folder.ts";
import { openSafetensors, type TensorInfo, type TensorSource } from "./safetensors.ts";
import { isJsonObject, parseStrictJson } from "../json/strict_json.ts";

const INDEX = "model.safetensors.index.json";
const PICKLED = "pytorch_model.bin";
/**
 * The same weights in other formats, `model.fp16.safetensors`, as the hub has them beside or in place of the
 * usual file.
 */
const VARIANTS = ["fp32", "bf16", "fp16"].map((variant) => `model.${variant}.safetensors`);

/**
 * Opens the weights of a directory: `model.safetensors`, or the shards that `model.safetensors.index.json`
 * names, or else a variant, `model.fp16.safetensors`.
 *
 * @param dir a folder of the store, or "" for the store's own
 * @throws {CheckpointError} if there are neither, if a shard is missing or damaged, or if the index names a
 * tensor that its shard does not have
 */
export async function openCheckpoint(store: Store, dir: string): Promise<TensorSource> {
  const single = joinPath(dir, WEIGHTS);
  if (await store.exists(single)) return await openSafetensors(store, single);
  const index = joinPath(dir, INDEX);
  if (await store.exists(index)) return await openShards(store, dir, index);
  for (const variant of VARIANTS) {
    const path = joinPath(dir, variant);
    if (await store.exists(path)) return await openSafetensors(store, path);
  }
  const pickled = await store.exists(joinPath(dir, PICKLED)) ||
    await store.exists(joinPath(dir, `${PICKLED}.index.json`));
  throw new CheckpointError(
    `${store.locate(single)}: expected this file or ${INDEX} beside it, found neither` +
      (pickled
        ? `; ${PICKLED} is not read, because that could run code: load it in transformers and save it with save_pretrained`
        : ""),
  );
}

async function openShards(store: Store, dir: string, path: string): Promise<TensorSource> {
  const file = store.locate(path);
  const shards = new Map<string, TensorSource>();
  const tensors = new Map<string, TensorInfo>();
  const sourceOf = new Map<string, TensorSource>();
  for (const [tensor, shard] of await readWeightMap(store, path)) {
    let source = shards.get(shard);
    if (source === undefined) {
      source = await openShard(store, joinPath(dir, shard), { file, tensor });
      shards.set(shard, source);
    }
    const info = source.tensors.get(tensor);
    if (info === undefined) {
      throw refusal(file, { tensor, expected: `it in ${shard}, as weight_map says`, found: "none there" });
    }
    tensors.set(tensor, info);
    sourceOf.set(tensor, source);
  }

  function find(name: string): TensorSource {
    const source = sourceOf.get(name);
    if (source === undefined) throw refusal(file, { expected: `a tensor ${quote(name)}`, found: "none" });
    return source;
  }

  return {
    file,
    tensors,
    metadata: shards.values().next().value?.metadata,
    read: async (name) => await find(name).read(name),
    readRows: async (name, rowStart, rowEnd) => await find(name).readRows(name, rowStart, rowEnd),
  };
}

async function readWeightMap(store: Store, path: string): Promise<[tensor: string, shard: string][]> {
  const file = store.locate(path);
  let json: unknown;
  try {
    json = parseStrictJson(await readText(store, path));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refusal(file, { expected: "strict JSON", found: error.message });
  }
  const weightMap = isJsonObject(json) ? json.weight_map : undefined;
  if (!isJsonObject(weightMap)) {
    throw refusal(file, { expected: "weight_map, an object from tensor to shard", found: quote(weightMap) });
  }
  return Object.entries(weightMap).map(([tensor, shard]) => {
    if (typeof shard === "string" && isShardName(shard)) return [tensor, shard];
    throw refusal(file, {
      tensor,
      expected: "its shard to be the name of a .safetensors file in the same folder",
      found: quote(shard),
    });
  });
}

/** Its name stands in messages, as a path of the store, so it is one that can be seen. */
function isShardName(name: string): boolean {
  return /^[^/\\]{1,80}\.safetensors$/.test(name) && !UNSEEN.test(name);
}

async function openShard(
  store: Store,
  path: string,
  { file, tensor }: { file: string; tensor: string },
): Promise<TensorSource> {
  if (await store.exists(path)) return await openSafetensors(store, path);
  throw refusal(file, {
    tensor,
    expected: `its shard ${store.locate(path)}`,
    found: "no such file",
    advice: "copy or download all shards",
  });
}
