/** Which files of a model on the hub are read here. */

import { LacunaError } from "../../errors.ts";

/** Without them a folder is no model. */
const NEEDED = ["config.json", "tokenizer.json"];

/** What is read, or what transformers reads beside it, where it is there. */
const OTHERS = ["tokenizer_config.json", "special_tokens_map.json", "words.safetensors"];

const WEIGHTS = "model.safetensors";

/** The list of the files that hold the weights of a large model. */
export const SHARD_INDEX = `${WEIGHTS}.index.json`;

/** The same weights under other names; the first one that is there is taken. */
const VARIANTS = ["fp32", "bf16", "fp16"].map((variant) => `model.${variant}.safetensors`);

/**
 * The files to fetch, small ones first; where weights are in shards, these come from {@linkcode SHARD_INDEX}.
 *
 * @throws {LacunaError} if the model is in other formats, with what converts them
 */
export function wantedFiles(files: readonly string[], id: string): string[] {
  const there = new Set(files);
  const weights = [WEIGHTS, SHARD_INDEX, ...VARIANTS].find((name) => there.has(name));
  const missing = [...NEEDED.filter((name) => !there.has(name)), ...weights ? [] : [WEIGHTS]];
  if (weights && missing.length === 0) {
    return [...NEEDED, ...OTHERS.filter((name) => there.has(name)), weights];
  }
  const others = files.filter((name) => /^[^/]+\.(bin|model|txt|h5|msgpack|json|pt)$/.test(name));
  throw new LacunaError(
    `${id}: expected ${[...NEEDED, WEIGHTS].join(", ")}, found no ${missing.join(" and no ")}` +
      `${others.length > 0 ? ` but ${others.join(", ")}` : ""}: transformers converts it, ` +
      `AutoModelForMaskedLM.from_pretrained("${id}").save_pretrained("DIR") and ` +
      `AutoTokenizer.from_pretrained("${id}").save_pretrained("DIR"), for --model DIR`,
  );
}

/**
 * The shards that an index names.
 *
 * @param text of {@linkcode SHARD_INDEX}
 * @throws {LacunaError} naming `file`, if it names none
 */
export function shardsOf(text: string, file: string): string[] {
  try {
    const shards = [...new Set(Object.values(JSON.parse(text).weight_map as Record<string, unknown>))].sort();
    // They become paths of the cache.
    if (shards.length > 0 && shards.every(isShard)) return shards as string[];
  } catch {
    // Said below.
  }
  throw new LacunaError(`${file}: expected "weight_map" with the names of files beside it, found none`);
}

function isShard(name: unknown): boolean {
  return typeof name === "string" && /^[\w-][\w.-]*\.safetensors$/.test(name);
}
