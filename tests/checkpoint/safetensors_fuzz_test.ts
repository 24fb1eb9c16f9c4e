/** Whatever happens to a file, the reader answers with a clear refusal or with what the file really says. */

import { assert, assertEquals } from "@std/assert";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { byteSize } from "../../src/checkpoint/safetensors_entries.ts";
import { CheckpointError } from "../../src/errors.ts";
import { Random } from "../../src/random/random.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { hookedStore } from "../store/hooked_store.ts";
import { buildFile, entry } from "./build_file.ts";

const HEADER = `{"__metadata__":{"format":"pt"},"a.b":${entry("F32", [2, 3], [0, 24])},"c":${
  entry("F16", [1], [24, 26])
},"none":${entry("I64", [0], [26, 26])}}`;
const FILE = buildFile(HEADER.padEnd(Math.ceil(HEADER.length / 8) * 8), { data: 26 });
const HEADER_END = FILE.length - 26;

/** True for a correct read, false for a refusal; throws for everything else. */
async function survives(bytes: Uint8Array): Promise<boolean> {
  const memory = new MemoryStore({ f: bytes });
  const store = hookedStore(memory, (operation) => {
    if (operation.kind !== "read") throw new Error(`reading should not ${operation.kind}`);
    assert(operation.start <= operation.end && operation.end <= bytes.length, "a read beyond the file");
  });
  let source;
  try {
    source = await openSafetensors(store, "f");
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return false;
  }
  let covered: number | undefined;
  for (const [name, { dtype, shape, start, end }] of source.tensors) {
    assertEquals(start, covered ?? start);
    assertEquals(end - start, byteSize(dtype, shape));
    assertEquals(await source.read(name), bytes.slice(start, end));
    covered = end;
  }
  assertEquals(covered ?? bytes.length, bytes.length);
  return true;
}

Deno.test("the file that the mutations begin from is a good one", async () => assert(await survives(FILE)));

Deno.test("every byte of the header, changed to several values, is refused or read correctly", async () => {
  for (let at = 0; at < HEADER_END; at++) {
    const flips = Array.from({ length: 8 }, (_, bit) => FILE[at] ^ 1 << bit);
    for (const value of [...flips, 0x00, 0x20, 0x22, 0x30, 0x7d, 0xff]) {
      const file = FILE.slice();
      file[at] = value;
      await survives(file);
    }
  }
});

Deno.test("every truncation is refused", async () => {
  for (let length = 0; length < FILE.length; length++) {
    assertEquals(await survives(FILE.slice(0, length)), false);
  }
});

Deno.test("100,000 seeded mutations are refused or read correctly", async () => {
  const random = new Random(1, "safetensors mutations");
  let accepted = 0;
  for (let run = 0; run < 100_000; run++) {
    if (await survives(mutate(FILE, random))) accepted++;
  }
  // Harmless changes (of names, of metadata, of data) exist; most are not harmless.
  assert(accepted > 1000 && accepted < 50_000, `accepted ${accepted}`);
});

/** One to four changes: a flipped bit, a new byte, a repeated, removed or added stretch. */
function mutate(original: Uint8Array, random: Random): Uint8Array {
  let bytes = [...original];
  for (let change = random.integer(4); change >= 0; change--) {
    const at = random.integer(Math.max(1, bytes.length));
    const length = 1 + random.integer(8);
    switch (random.integer(6)) {
      case 0:
        bytes[at] ^= 1 << random.integer(8);
        break;
      case 1:
        bytes[at] = random.integer(256);
        break;
      case 2: // a digit more: sizes and offsets grow, up to beyond 2^53
        bytes.splice(at, 0, ...Array.from({ length }, () => 0x30 + random.integer(10)));
        break;
      case 3:
        bytes.splice(at, length);
        break;
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + length));
        break;
      case 5:
        bytes = bytes.slice(0, at);
        break;
    }
  }
  return Uint8Array.from(bytes);
}

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
