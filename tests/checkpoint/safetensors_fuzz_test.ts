/**
 * Whatever happens to a file, the reader answers with a clear refusal or with what the file really says.
 * Random damage: tests/reliability.
 */

import { assert, assertEquals } from "@std/assert";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CheckpointError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { hookedStore } from "../store/hooked_store.ts";
import { buildFile } from "./build_file.ts";
import { goodWeights, headerEnd, readWeights } from "./good_weights.ts";

/** True for a correct read, false for a refusal; throws for everything else. */
async function survives(bytes: Uint8Array): Promise<boolean> {
  try {
    await readWeights(bytes);
    return true;
  } catch (error) {
    if (error instanceof CheckpointError) return false;
    throw error;
  }
}

Deno.test("the file that the mutations begin from is a good one", async () =>
  assert(await survives(goodWeights)));

Deno.test("every byte of the header, changed to several values, is refused or read correctly", async () => {
  for (let at = 0; at < headerEnd; at++) {
    const flips = Array.from({ length: 8 }, (_, bit) => goodWeights[at] ^ 1 << bit);
    for (const value of [...flips, 0x00, 0x20, 0x22, 0x30, 0x7d, 0xff]) {
      const file = goodWeights.slice();
      file[at] = value;
      await survives(file);
    }
  }
});

Deno.test("every truncation is refused", async () => {
  for (let length = 0; length < goodWeights.length; length++) {
    assertEquals(await survives(goodWeights.slice(0, length)), false);
  }
});

Deno.test("a hostile header length makes the reader ask for no more than 8 bytes", async () => {
  for (const length of [100_000_001n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n]) {
    let asked = 0;
    const store = hookedStore(
      new MemoryStore({ f: buildFile("{}", { length }) }),
      (operation) => {
        if (operation.kind === "read") asked += operation.end - operation.start;
      },
    );
    await openSafetensors(store, "f").then(
      () => assert(false),
      (error) => assert(error instanceof CheckpointError),
    );
    assertEquals(asked, 8);
  }
});
