import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { readConfig } from "../../src/model/config.ts";
import type { ModelConfig } from "../../src/nn/config.ts";
import {
  type FloatDtype,
  fromFloat32,
  openSafetensors,
  toFloat32,
  writeSafetensors,
} from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { CheckpointError } from "../../src/errors.ts";
import { openModel } from "../../src/model/open.ts";
import {
  readsPrompt,
  taggingKind,
  temperatureOf,
  withReading,
  withTemperature,
} from "../../src/model/reading.ts";
import { saveModel } from "../../src/model/save.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { Store } from "../../src/store/store.ts";
import { testOnDevices } from "../devices.ts";
import { goldenStore } from "../golden/golden.ts";

async function config(dir: string): Promise<ModelConfig> {
  return await readConfig(goldenStore, dir);
}

/** The weights of tiny-bert written anew: in another dtype, under other names, or in two shards. */
async function rewritten({ dtype = "F32", rename = (name) => name, shards = 1 }: {
  dtype?: FloatDtype;
  rename?: (name: string) => string;
  shards?: number;
}): Promise<MemoryStore> {
  const source = await openSafetensors(goldenStore, "tiny-bert/model.safetensors");
  const store = new MemoryStore();
  const names = [...source.tensors.keys()];
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = shards === 1 ? "model.safetensors" : `model-${shard}.safetensors`;
    const tensors = names.filter((_, i) => i % shards === shard).map((name) => ({
      name: rename(name),
      dtype,
      shape: source.tensors.get(name)!.shape,
      bytes: async () => fromFloat32(dtype, toFloat32("F32", await source.read(name))),
    }));
    for (const { name } of tensors) weightMap[name] = file;
    await writeSafetensors(store, file, { tensors });
  }
  if (shards === 1) return store;
  const index = JSON.stringify({ metadata: {}, weight_map: weightMap });
  const files: Record<string, Uint8Array | string> = { "model.safetensors.index.json": index };
  for (const file of new Set(Object.values(weightMap))) {
    files[file] = await store.read(file, 0, await store.size(file));
  }
  return new MemoryStore(files);
}

async function valuesIn(
  store: Store,
  dir: string,
  device: Device = new CpuDevice(),
): Promise<Map<string, Float32Array>> {
  const own = await config("tiny-bert");
  const { model, fresh } = await openModel(device, store, {
    dir,
    config: own,
    seed: 1,
    tagging: tokenClassification.of(own.id2label),
  });
  assertEquals(fresh, []);
  const values = new Map<string, Float32Array>();
  for (const { name } of model.parameters) values.set(name, await model.parameters.read(name));
  return values;
}

for (const dir of ["tiny-bert", "tiny-xlm-roberta"]) {
  Deno.test(`${dir}: what transformers saved, opened and saved again is byte for byte the same tensors`, async () => {
    const theirs = await openSafetensors(goldenStore, `${dir}/model.safetensors`);
    const own = await config(dir);
    const { model } = await openModel(new CpuDevice(), goldenStore, {
      dir,
      config: own,
      seed: 1,
      tagging: tokenClassification.of(own.id2label),
    });
    const out = new MemoryStore();
    await saveModel(model, out, { dir: "saved", tokenizer: new Map() });
    const ours = await openSafetensors(out, "saved/model.safetensors");
    const wanted = [...theirs.tensors].filter(([name]) => !/^(cls|lm_head)\./.test(name));
    assertEquals([...ours.tensors.keys()].sort(), wanted.map(([name]) => name).sort());
    for (const [name, { dtype, shape }] of wanted) {
      const { dtype: ourDtype, shape: ourShape } = ours.tensors.get(name)!;
      assertEquals([ourDtype, ourShape], [dtype, shape], name);
      assertEquals(await ours.read(name), await theirs.read(name), name);
    }
    const saved = await readConfig(out, "saved");
    assertEquals(saved.raw.architectures, (await config(dir)).raw.architectures);
    assertEquals({ ...saved, raw: {} }, { ...await config(dir), raw: {} });
    assertEquals(ours.metadata?.format, "pt"); // without it transformers opens no file
  });
}

testOnDevices("weights in F16 and BF16 open as the nearest numbers of their kind", async (device) => {
  const exact = await valuesIn(goldenStore, "tiny-bert");
  for (const dtype of ["F16", "BF16"] as const) {
    for (const [name, values] of await valuesIn(await rewritten({ dtype }), "", device)) {
      assertEquals(values, toFloat32(dtype, fromFloat32(dtype, exact.get(name)!)), `${dtype} ${name}`);
    }
  }
});

testOnDevices(
  "a model saved as INT8 opens with matrices that are near and vectors that are the same, and is the same when saved again",
  async (device) => {
    const exact = await valuesIn(goldenStore, "tiny-bert");
    const own = await config("tiny-bert");
    const options = { config: own, seed: 1, tagging: tokenClassification.of(own.id2label) };
    const { model } = await openModel(device, goldenStore, { dir: "tiny-bert", ...options });
    const store = new MemoryStore();
    await saveModel(model, store, { dir: "", tokenizer: new Map(), dtype: "INT8" });
    model.free();
    for (const [name, values] of await valuesIn(store, "", device)) {
      const before = exact.get(name)!;
      const isVector = model.specs.find((spec) => spec.name === name)!.shape.length === 1;
      const step = isVector ? 0 : Math.max(...before.map(Math.abs)) / 127;
      assert(values.every((value, i) => Math.abs(value - before[i]) <= 1.001 * step), name);
    }
    const again = new MemoryStore();
    const opened = await openModel(device, store, { dir: "", ...options });
    await saveModel(opened.model, again, { dir: "", tokenizer: new Map(), dtype: "INT8" });
    opened.model.free();
    const first = await openSafetensors(store, "model.safetensors");
    const second = await openSafetensors(again, "model.safetensors");
    for (const [name, { dtype }] of first.tensors) {
      if (dtype === "F32") continue; // scales of int8 are rounded anew
      assertEquals(await second.read(name), await first.read(name), name);
    }
  },
);

Deno.test("weights without the encoder's prefix, and in shards, are the same weights", async () => {
  const exact = await valuesIn(goldenStore, "tiny-bert");
  assertEquals(await valuesIn(await rewritten({ rename: (name) => name.replace(/^bert\./, "") }), ""), exact);
  assertEquals(await valuesIn(await rewritten({ shards: 3 }), ""), exact);
});

Deno.test("a head that the checkpoint lacks is fresh, seeded, and does not depend on what else is fresh", async () => {
  const open = async (labels: string[], seed: number) => {
    const options = {
      dir: "tiny-bert",
      config: await config("tiny-bert"),
      seed,
      tagging: tokenClassification.of(labels),
    };
    const { model, fresh } = await openModel(new CpuDevice(), goldenStore, options);
    assertEquals(fresh, ["classifier.weight", "classifier.bias"]);
    return await model.parameters.read("classifier.weight");
  };
  const labels = ["O", "B-NEW", "I-NEW"];
  assertEquals(await open(labels, 1), await open(labels, 1));
  assert((await open(labels, 1))[0] !== (await open(labels, 2))[0]);
});

Deno.test("a fresh head is as wide as initializer_range says", async () => {
  const own = await config("tiny-bert");
  const open = async (initializerRange: number) => {
    const tagging = tokenClassification.of(["O", "B-NEW", "I-NEW"]);
    const options = { dir: "tiny-bert", config: { ...own, initializerRange }, seed: 1, tagging };
    const { model } = await openModel(new CpuDevice(), goldenStore, options);
    return await model.parameters.read("classifier.weight");
  };
  const wide = await open(0.5);
  (await open(0.25)).forEach((value, i) => assertAlmostEquals(2 * value, wide[i], 1e-6));
});

Deno.test("a checkpoint without one of the encoder's tensors is refused by name", async () => {
  const store = await rewritten({
    rename: (name) => name.replace("layer.1.output.dense.bias", "layer.1.output.bias"),
  });
  await assertRejects(() => valuesIn(store, ""), CheckpointError, "bert.encoder.layer.1.output.dense.bias");
});

Deno.test("a saved tagger remembers how it reads and what tags, and transformers' fields stay", async () => {
  const plain = await config("tiny-bert");
  assertEquals(readsPrompt(plain), false);
  assertEquals(readsPrompt(withReading(plain, { prompt: true })), true);
  assertEquals(taggingKind(plain), "linear");
  assertEquals(withReading(plain, { head: "linear" }).raw, plain.raw);
  const other = withReading(plain, { prompt: true, head: "other" });
  assertEquals([readsPrompt(other), taggingKind(other)], [true, "other"]);
  assertEquals(withReading(other, {}).raw, plain.raw);
  const warm = withTemperature(other, 1.5);
  assertEquals([readsPrompt(warm), taggingKind(warm), temperatureOf(warm)], [true, "other", 1.5]);
  assertEquals([temperatureOf(plain), withTemperature(plain, 1).raw], [1, plain.raw]);
  for (const temperature of [0, -1, "1", null]) {
    assertEquals(temperatureOf({ ...plain, raw: { lacuna: { temperature } } }), undefined);
  }
});
