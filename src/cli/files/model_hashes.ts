/** Which model a run began from: a folder's name says little a year later. */

import { createHash } from "node:crypto";
import { yieldToHost } from "../../device/yield_to_host.ts";
import type { Store } from "../../store/store.ts";

/** Bytes that are read at once. */
const PIECE = 2 ** 22;

/**
 * SHA-256 in hex of the files that a run takes from a model directory; the Hugging Face Hub shows the same
 * for weights.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function hashModel(
  store: Store,
  { scratch, signal }: { readonly scratch: boolean; readonly signal?: AbortSignal },
): Promise<Record<string, string>> {
  const names = (await store.list("")).filter((name) =>
    /^(config|tokenizer|tokenizer_config)\.json$/.test(name) ||
    !scratch && /^model\S*\.safetensors(\.index\.json)?$/.test(name)
  );
  const hashes: Record<string, string> = {};
  for (const name of names) hashes[name] = await hashFile(store, name, signal);
  return hashes;
}

async function hashFile(store: Store, name: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  const size = await store.size(name);
  for (let at = 0; at < size; at += PIECE) {
    await yieldToHost(signal);
    hash.update(await store.read(name, at, Math.min(size, at + PIECE)));
  }
  return hash.digest("hex");
}
