import { assertEquals, assertRejects } from "@std/assert";
import { openCheckpoint } from "../../src/checkpoint/sharded.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CheckpointError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { zeros } from "./tiny_config.ts";
import { hookedStore } from "../store/hooked_store.ts";

const SHARD_1 = "model-00001-of-00002.safetensors";
const SHARD_2 = "model-00002-of-00002.safetensors";
const INDEX = "m/model.safetensors.index.json";

async function sharded(weightMap: unknown) {
  const store = new MemoryStore({
    [INDEX]: typeof weightMap === "string" ? weightMap : JSON.stringify({ weight_map: weightMap }),
  });
  const rows = (name: string, first: number) => ({
    name,
    dtype: "U8" as const,
    shape: [3, 1],
    bytes: () => Uint8Array.of(first, first + 1, first + 2),
  });
  await writeSafetensors(store, `m/${SHARD_1}`, { tensors: [rows("a", 1)], metadata: { format: "pt" } });
  await writeSafetensors(store, `m/${SHARD_2}`, { tensors: [rows("b", 4), rows("constructor", 7)] });
  return store;
}

Deno.test("openCheckpoint() reads shards like one file, and the tensors where they are", async () => {
  const store = await sharded({ b: SHARD_2, a: SHARD_1, constructor: SHARD_2 });
  const source = await openCheckpoint(store, "m");
  assertEquals([...source.tensors.keys()], ["b", "a", "constructor"]);
  assertEquals(source.tensors.get("b")!.file, `m/${SHARD_2}`);
  assertEquals(await source.read("a"), Uint8Array.of(1, 2, 3));
  assertEquals(await source.readRows("constructor", 1, 3), Uint8Array.of(8, 9));
  await assertRejects(() => source.read("c"), CheckpointError, `${INDEX}: expected a tensor "c"`);
});

Deno.test("openCheckpoint() prefers model.safetensors and then does not look at the index", async () => {
  const store = await sharded("no JSON");
  await writeSafetensors(store, "m/model.safetensors", { tensors: [] });
  const watched = hookedStore(store, ({ path }) => assertEquals(path, "m/model.safetensors"));
  assertEquals((await openCheckpoint(watched, "m")).tensors.size, 0);
});

Deno.test("openCheckpoint() says what it looked for, and warns of pickled weights", async () => {
  const text =
    "model.safetensors: expected this file or model.safetensors.index.json beside it, found neither";
  await assertRejects(() => openCheckpoint(new MemoryStore(), ""), CheckpointError, text);
  for (const name of ["pytorch_model.bin", "pytorch_model.bin.index.json"]) {
    await assertRejects(
      () => openCheckpoint(new MemoryStore({ [name]: "" }), ""),
      CheckpointError,
      `${text}; pytorch_model.bin is not read, because that could run code: load it in transformers and save it with`,
    );
  }
});

Deno.test("openCheckpoint() refuses an index that does not fit its shards", async () => {
  const cases: [weightMap: unknown, text: string][] = [
    [{ a: "gone.safetensors" }, `tensor "a": expected its shard m/gone.safetensors, found no such file`],
    [{ b: SHARD_1 }, `tensor "b": expected it in ${SHARD_1}, as weight_map says, found none there`],
    [{ a: "../secret.safetensors" }, "the name of a .safetensors file in the same folder"],
    [{ a: "/etc/secret.safetensors" }, "the name of a .safetensors file in the same folder"],
    [{ a: "sub\\x.safetensors" }, "the name of a .safetensors file in the same folder"],
    [{ a: "two\u2028lines.safetensors" }, "the name of a .safetensors file in the same folder"],
    [{ a: "pytorch_model.bin" }, `found "pytorch_model.bin"`],
    [{ a: 1 }, `found 1`],
    [[], "weight_map, an object from tensor to shard, found []"],
    ["{}", "weight_map, an object from tensor to shard, found nothing"],
    ["[", "expected strict JSON"],
    ['{}"a"', "expected strict JSON"],
    [`{"weight_map":{"a":"${SHARD_1}","a":"${SHARD_2}"}}`, `the key "a" twice`],
  ];
  for (const [weightMap, text] of cases) {
    const store = await sharded(weightMap);
    await assertRejects(() => openCheckpoint(store, "m"), CheckpointError, text);
    await assertRejects(() => openCheckpoint(store, "m"), CheckpointError, INDEX);
  }
});

Deno.test("where there are no weights under the usual name, a variant of them is read", async () => {
  const store = new MemoryStore();
  const tensors = [zeros("a", [2])];
  for (const name of ["model.fp16.safetensors", "model.bf16.safetensors"]) {
    await writeSafetensors(store, name, { tensors });
    assertEquals((await openCheckpoint(store, "")).file, name);
  }
});
