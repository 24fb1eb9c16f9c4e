import { assertEquals } from "@std/assert";
import { hashModel } from "../../../src/cli/files/model_hashes.ts";
import { MemoryStore } from "../../../src/store/memory_store.ts";

/** SHA-256 of no bytes and of "abc", as FIPS 180-4 gives them. */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("hashModel() gives SHA-256 of config, tokenizer and weights, and of nothing else in the folder", async () => {
  const store = new MemoryStore({
    "config.json": new Uint8Array(0),
    "tokenizer.json": new TextEncoder().encode("abc"),
    "model-00001-of-00002.safetensors": new TextEncoder().encode("abc"),
    "training_state.safetensors": new Uint8Array(8),
    "README.md": new Uint8Array(8),
  });
  const files = { "config.json": EMPTY, "tokenizer.json": ABC };
  assertEquals(await hashModel(store, { scratch: true }), files);
  assertEquals(await hashModel(store, { scratch: false }), {
    ...files,
    "model-00001-of-00002.safetensors": ABC,
  });
});
