import type { Store } from "../../src/store/store.ts";

/** All files of a store with their bytes. */
export async function bytesIn(store: Store): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const path of await store.list("")) files.set(path, await store.read(path, 0, await store.size(path)));
  return files;
}
