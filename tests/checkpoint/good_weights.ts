/** A small safetensors file for tests to damage, and a reader that looks at all of it. */

import { assert, assertEquals } from "@std/assert";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { byteSize } from "../../src/checkpoint/safetensors_entries.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { hookedStore } from "../store/hooked_store.ts";
import { buildFile, entry } from "./build_file.ts";

const DATA = 26;
const HEADER = `{"__metadata__":{"format":"pt"},"a.b":${entry("F32", [2, 3], [0, 24])},"c":${
  entry("F16", [1], [24, DATA])
},"none":${entry("I64", [0], [DATA, DATA])}}`;

/** Three tensors, of three dtypes. */
export const goodWeights = buildFile(HEADER.padEnd(Math.ceil(HEADER.length / 8) * 8), { data: DATA });

/** Where its header ends. */
export const headerEnd = goodWeights.length - DATA;

/** Reads a safetensors file to its end: what the header says of each tensor is what the file has. */
export async function readWeights(bytes: Uint8Array): Promise<void> {
  const memory = new MemoryStore({ f: bytes });
  const store = hookedStore(memory, (operation) => {
    if (operation.kind === "size" || operation.kind === "version") return;
    if (operation.kind !== "read") throw new Error(`reading should not ${operation.kind}`);
    assert(operation.start <= operation.end && operation.end <= bytes.length, "a read beyond the file");
  });
  const source = await openSafetensors(store, "f");
  let covered: number | undefined;
  for (const [name, { dtype, shape, start, end }] of source.tensors) {
    assertEquals(start, covered ?? start);
    assertEquals(end - start, byteSize(dtype, shape));
    assertEquals(await source.read(name), bytes.slice(start, end));
    covered = end;
  }
  assertEquals(covered ?? bytes.length, bytes.length);
}
