import { assertEquals, assertRejects } from "@std/assert";
import { writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { readTrainingState, writeTrainingState } from "../../src/checkpoint/training_state.ts";
import { CheckpointError } from "../../src/errors.ts";
import { hashText } from "../../src/hash.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { failEachOperation } from "../store/hooked_store.ts";

const PATH = "training_state.safetensors";

const moments = (value: number) => [{
  name: "moment",
  dtype: "F32" as const,
  shape: [1],
  bytes: () => new Uint8Array(Float32Array.of(value).buffer),
}];

async function stored(metadata: Record<string, string>) {
  const store = new MemoryStore();
  await writeSafetensors(store, PATH, { tensors: [], metadata });
  return store;
}

Deno.test("a training state reads back as it was written, every number exactly", async () => {
  const store = new MemoryStore();
  const state = {
    step: 7,
    best: 0.1 + 0.2,
    small: 5e-324,
    note: 'a "quoted" \ud800 note',
    order: [2, 0, 1],
    none: null,
  };
  await writeTrainingState(store, PATH, { tensors: moments(0.5), state });
  const { tensors, state: found } = await readTrainingState(store, PATH);
  assertEquals(found, state);
  assertEquals(new Float32Array((await tensors.read("moment")).buffer), Float32Array.of(0.5));
});

Deno.test("a state that JSON cannot say is refused before anything is written", async () => {
  const store = new MemoryStore();
  const write = (best: number) => writeTrainingState(store, PATH, { tensors: [], state: { best } });
  for (const best of [NaN, -Infinity]) await assertRejects(() => write(best), RangeError, `best = ${best}`);
  assertEquals(await store.list(""), []);
});

Deno.test("readTrainingState() refuses another kind of file, another version and damaged JSON", async () => {
  const cases: [metadata: Record<string, string>, text: string][] = [
    [{ format: "pt" }, "expected a training state, with lacuna_training_state in its metadata"],
    [{ lacuna_training_state: `{"version":1,"state":{}}` }, "format version 2, found version 1"],
    [{ lacuna_training_state: `{}` }, "format version 2, found version nothing"],
    [{ lacuna_training_state: `null` }, "format version 2, found version nothing"],
    [{ lacuna_training_state: `{"version":2` }, "expected JSON in lacuna_training_state"],
    [{ lacuna_training_state: "[".repeat(1e5) }, "found more than 32 nested levels"],
    [
      {
        lacuna_training_state: `{"version":2,"state":{"step":8}}`,
        lacuna_training_state_hash: hashText(`{"version":2,"state":{"step":7}}`),
      },
      "the hash that it was written with, found another one; the file is damaged",
    ],
  ];
  for (const [metadata, text] of cases) {
    const store = await stored(metadata);
    await assertRejects(() => readTrainingState(store, PATH), CheckpointError, text);
    await assertRejects(() => readTrainingState(store, PATH), CheckpointError, PATH);
  }
});

for (const persistent of [false, true]) {
  const kind = persistent ? "every operation from the Nth on" : "the Nth operation";
  Deno.test(`a training state that was whole stays whole when ${kind} of the next write fails`, async () => {
    const first = new MemoryStore();
    await writeTrainingState(first, PATH, { tensors: moments(1), state: { step: 1 } });
    const old = await first.read(PATH, 0, await first.size(PATH));
    await failEachOperation(
      { makeStore: () => new MemoryStore({ [PATH]: old }), persistent },
      (faulty) => writeTrainingState(faulty, PATH, { tensors: moments(2), state: { step: 2 } }),
      async (store) => assertEquals((await readTrainingState(store, PATH)).state, { step: 1 }),
    );
  });
}
