import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import {
  type Dtype,
  fromFloat32,
  openSafetensors,
  type TensorToWrite,
  toFloat32,
  writeSafetensors,
} from "../../src/checkpoint/safetensors.ts";
import { BYTES_PER_ELEMENT } from "../../src/checkpoint/dtype.ts";
import { byteSize } from "../../src/checkpoint/safetensors_entries.ts";
import { CheckpointError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { Store } from "../../src/store/store.ts";
import { failEachOperation } from "../store/hooked_store.ts";
import { buildFile, entry } from "./build_file.ts";

// Written by safetensors 0.8.0 and torch 2.15.0 for Python:
//   safetensors.torch.save({
//     "b.half": torch.tensor([[1, -2.5, 2**-14], [2**-24, inf, 65504]], dtype=torch.float16),
//     "a.single": torch.tensor([0.1, -3.0]),
//     "c.brain": torch.tensor([1, 3.140625, -inf, 2**-133], dtype=torch.bfloat16),
//     "position_ids": torch.tensor([[0, 1, 2]]),
//     "scalar": torch.tensor(7.0),
//   }, {"format": "pt"})
const PYTHON_FILE = Uint8Array.fromBase64(
  "WAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJwb3NpdGlvbl9pZHMiOnsiZHR5cGUiOiJJNjQiLCJzaGFw" +
    "ZSI6WzEsM10sImRhdGFfb2Zmc2V0cyI6WzAsMjRdfSwiYS5zaW5nbGUiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzJdLCJkYXRh" +
    "X29mZnNldHMiOlsyNCwzMl19LCJzY2FsYXIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzMyLDM2" +
    "XX0sImMuYnJhaW4iOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOls0XSwiZGF0YV9vZmZzZXRzIjpbMzYsNDRdfSwiYi5oYWxmIjp7" +
    "ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlsyLDNdLCJkYXRhX29mZnNldHMiOls0NCw1Nl19fQAAAAAAAAAAAQAAAAAAAAACAAAAAAAA" +
    "AM3MzD0AAEDAAADgQIA/SUCA/wEAADwAwQAEAQAAfP97",
);
const PYTHON_VALUES: Record<string, { dtype: "F32" | "F16" | "BF16"; shape: number[]; values: number[] }> = {
  "a.single": { dtype: "F32", shape: [2], values: [0.10000000149011612, -3] },
  "scalar": { dtype: "F32", shape: [], values: [7] },
  "b.half": { dtype: "F16", shape: [2, 3], values: [1, -2.5, 2 ** -14, 2 ** -24, Infinity, 65504] },
  "c.brain": { dtype: "BF16", shape: [4], values: [1, 3.140625, -Infinity, 2 ** -133] },
};

function tensor(name: string, dtype: Dtype, shape: number[], bytes: Uint8Array): TensorToWrite {
  return { name, dtype, shape, bytes: () => bytes };
}

async function wholeFile(store: Store, path: string) {
  return await store.read(path, 0, await store.size(path));
}

Deno.test("a file written by Python's safetensors reads with the same values", async () => {
  const source = await openSafetensors(new MemoryStore({ f: PYTHON_FILE }), "f");
  assertEquals(source.metadata, { format: "pt" });
  assertEquals([...source.tensors.keys()], ["position_ids", "a.single", "scalar", "c.brain", "b.half"]);
  for (const [name, { dtype, shape, values }] of Object.entries(PYTHON_VALUES)) {
    const info = source.tensors.get(name)!;
    assertEquals([info.dtype, info.shape], [dtype, shape]);
    assertEquals(toFloat32(info.dtype, await source.read(name)), Float32Array.from(values));
  }
  assertEquals(new BigInt64Array((await source.read("position_ids")).buffer), BigInt64Array.of(0n, 1n, 2n));
});

Deno.test("writeSafetensors() gives the bytes that Python's safetensors gives", async () => {
  const tensors = Object.entries(PYTHON_VALUES).map(([name, { dtype, shape, values }]) =>
    tensor(name, dtype, shape, fromFloat32(dtype, Float32Array.from(values)))
  );
  const ids = new Uint8Array(BigInt64Array.of(0n, 1n, 2n).buffer);
  const store = new MemoryStore();
  await writeSafetensors(store, "f", {
    tensors: [...tensors, tensor("position_ids", "I64", [1, 3], ids)],
    metadata: { format: "pt" },
  });
  assertEquals(await wholeFile(store, "f"), PYTHON_FILE);
});

Deno.test("whatever is written reads back the same: names, shapes, dtypes, bytes, metadata", async () => {
  const name = fc.string({ unit: "binary", maxLength: 12 }).filter((text) =>
    text.isWellFormed() && text !== "__metadata__" && text !== "__proto__"
  );
  const contents = fc.record({
    dtype: fc.constantFrom(...Object.keys(BYTES_PER_ELEMENT) as Dtype[]),
    shape: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
    seed: fc.nat({ max: 255 }),
  }).filter(({ dtype, shape }) => byteSize(dtype, shape) !== undefined);
  const metadata = fc.option(
    fc.dictionary(name, fc.string({ unit: "binary" }).filter((s) => s.isWellFormed())),
    {
      nil: undefined,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, contents), metadata, async (tensors, metadata) => {
      const bytesOf = (dtype: Dtype, shape: number[], seed: number) =>
        Uint8Array.from({ length: byteSize(dtype, shape)! }, (_, i) => seed + i);
      const store = new MemoryStore();
      await writeSafetensors(store, "f", {
        tensors: Object.entries(tensors).map(([name, { dtype, shape, seed }]) =>
          tensor(name, dtype, shape, bytesOf(dtype, shape, seed))
        ),
        metadata,
      });
      const source = await openSafetensors(store, "f");
      assertEquals({ ...source.metadata }, { ...metadata });
      assertEquals([...source.tensors.keys()].sort(), Object.keys(tensors).sort());
      for (const [name, { dtype, shape, seed }] of Object.entries(tensors)) {
        const info = source.tensors.get(name)!;
        assertEquals([info.dtype, info.shape], [dtype, shape]);
        assertEquals(info.start % Math.ceil(BYTES_PER_ELEMENT[dtype]), 0); // aligned to its elements
        assertEquals(await source.read(name), bytesOf(dtype, shape, seed));
      }
    }),
    { seed: 5, numRuns: 200 },
  );
});

Deno.test("writeSafetensors() takes a tensor in pieces, and calls for one tensor after the other", async () => {
  const store = new MemoryStore();
  const calls: string[] = [];
  const inPieces = (name: string): TensorToWrite => ({
    name,
    dtype: "U8",
    shape: [4],
    async *bytes() {
      calls.push(name);
      yield Uint8Array.of(1, 2);
      await Promise.resolve();
      yield Uint8Array.of(3, 4);
      calls.push(`${name} done`);
    },
  });
  await writeSafetensors(store, "f", { tensors: [inPieces("b"), inPieces("a")] });
  assertEquals(calls, ["a", "a done", "b", "b done"]);
  const source = await openSafetensors(store, "f");
  assertEquals(source.metadata, undefined);
  assertEquals(await source.read("b"), Uint8Array.of(1, 2, 3, 4));
});

Deno.test("tensors are not read from another file than the one that was opened", async () => {
  const store = new MemoryStore();
  const rows = (value: number) => ({
    name: "a",
    dtype: "U8" as const,
    shape: [2],
    bytes: () => Uint8Array.of(value, value),
  });
  await writeSafetensors(store, "f", { tensors: [rows(1)] });
  const source = await openSafetensors(store, "f");
  assertEquals(await source.read("a"), Uint8Array.of(1, 1));
  await writeSafetensors(store, "f", { tensors: [rows(2)] });
  for (const read of [() => source.read("a"), () => source.readRows("a", 0, 1)]) {
    await assertRejects(
      read,
      CheckpointError,
      "f: expected the file that was opened, found that it was replaced while it was read; open it again",
    );
  }
});

Deno.test("writeSafetensors() refuses what no reader would take, and leaves the old file", async () => {
  const one = Uint8Array.of(1);
  const cases: [tensors: TensorToWrite[], text: string][] = [
    [[tensor("__metadata__", "U8", [1], one)], `tensor "__metadata__": expected a name of its own`],
    [[tensor("__proto__", "U8", [1], one)], "a name they refuse"],
    [[tensor("\ud800", "U8", [1], one)], "a name they refuse"],
    [[tensor("a", "U8", [1], one), tensor("a", "F32", [0], one)], "a second tensor of this name"],
    [[tensor("a", "U8", [1.5], one)], "a shape of whole numbers"],
    [[tensor("a", "U8", [2 ** 30, 2 ** 30], one)], "less than 2^53 bytes"],
    [[tensor("a", "F32", [1], one)], `tensor "a": expected 4 bytes to write for F32 [1], found 1`],
    [[tensor("a", "U8", [], new Uint8Array(2))], "expected 1 bytes to write for U8 [], found 2"],
  ];
  for (const [tensors, text] of cases) {
    const store = new MemoryStore({ f: "old" });
    await assertRejects(() => writeSafetensors(store, "f", { tensors }), CheckpointError, text);
    assertEquals(await store.list(""), ["f"]);
    assertEquals(await store.size("f"), 3);
  }
  const metadata = { note: "\ud800" };
  await assertRejects(
    () => writeSafetensors(new MemoryStore(), "f", { tensors: [], metadata }),
    CheckpointError,
  );
});

for (const persistent of [false, true]) {
  const kind = persistent ? "every operation from the Nth on" : "the Nth operation";
  Deno.test(`writeSafetensors() leaves the old file readable when ${kind} fails`, async () => {
    const version = (value: number) => [tensor("a", "U8", [2], Uint8Array.of(value, value))];
    const old = new MemoryStore();
    await writeSafetensors(old, "f", { tensors: version(1) });
    const oldFile = await wholeFile(old, "f");
    const faults = await failEachOperation(
      { makeStore: () => new MemoryStore({ f: oldFile }), persistent },
      (faulty) => writeSafetensors(faulty, "f", { tensors: version(2) }),
      async (store) => assertEquals(await wholeFile(store, "f"), oldFile),
    );
    assertEquals(faults, 5); // open, header, tensor, close, rename
  });
}

Deno.test("readRows() reads the rows it is asked for and refuses others", async () => {
  const file = buildFile(
    `{"m":${entry("U8", [3, 2], [0, 6])},"s":${entry("U8", [], [6, 7])},"none":${
      entry("U8", [0, 2], [7, 7])
    }}`,
    { data: 7 },
  );
  const source = await openSafetensors(new MemoryStore({ f: file }), "f");
  assertEquals(await source.readRows("m", 1, 3), Uint8Array.of(3, 4, 5, 6));
  assertEquals(await source.readRows("m", 3, 3), new Uint8Array(0));
  assertEquals(await source.readRows("s", 0, 1), Uint8Array.of(7));
  assertEquals(await source.readRows("none", 0, 0), new Uint8Array(0));
  for (const [start, end] of [[2, 4], [-1, 1], [2, 1], [0, 0.5]]) {
    await assertRejects(
      () => source.readRows("m", start, end),
      RangeError,
      `"m": expected rows within 0 to 3`,
    );
  }
});

Deno.test("a tensor that is not there is named with its file", async () => {
  const source = await openSafetensors(new MemoryStore({ f: buildFile("{}") }), "f");
  await assertRejects(() => source.read("gone"), CheckpointError, `f: expected a tensor "gone", found none`);
  await assertRejects(() => source.readRows("gone", 0, 1), CheckpointError, `"gone"`);
});

Deno.test("offsets above 4 GiB are exact", async () => {
  const rows = 5 * 2 ** 30 / 1024;
  const header = `{"big":${entry("U8", [rows, 1024], [0, rows * 1024])},"last":${
    entry("F16", [2], [rows * 1024, rows * 1024 + 4])
  }}`;
  const start = buildFile(header);
  const size = start.length + rows * 1024 + 4;
  /** A file of 5 GiB that is nowhere: every byte of its data follows from its position. */
  const at = (position: number) => position % 251;
  const sparse = Object.assign(new MemoryStore({ f: start }), {
    size: () => Promise.resolve(size),
    read(_path: string, from: number, to: number) {
      if (to <= start.length) return Promise.resolve(start.slice(from, to));
      return Promise.resolve(
        Uint8Array.from({ length: to - from }, (_, i) => at(from + i)),
      );
    },
  });
  const source = await openSafetensors(sparse, "f");
  const { start: dataStart, end } = source.tensors.get("last")!;
  assertEquals([dataStart, end], [size - 4, size]);
  assertEquals(await source.read("last"), Uint8Array.from([4, 3, 2, 1], (back) => at(size - back)));
  const row = await source.readRows("big", rows - 1, rows);
  const rowStart = start.length + (rows - 1) * 1024;
  assertEquals(row, Uint8Array.from({ length: 1024 }, (_, i) => at(rowStart + i)));
});
