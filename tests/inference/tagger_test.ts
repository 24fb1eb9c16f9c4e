import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { specsOf } from "../../src/model/heads.ts";
import { parseConfig } from "../../src/model/config.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { CheckpointError, DeviceError } from "../../src/errors.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import type { MemoryStore } from "../../src/store/memory_store.ts";
import { zeros } from "../checkpoint/tiny_config.ts";
import { testInHalf } from "../devices.ts";
import { sentences, tinyConfig, tinyModelStore } from "../fixtures.ts";
import { learntConll, tinyTaggerStore } from "../tiny_tagger.ts";

const learnt = sentences(learntConll);
const words = learnt.map(({ words }) => words);

Deno.test("tagSentences() gives each sentence the same tags in batches of any size", async () => {
  const tagger = await openTagger(new CpuDevice(), await tinyTaggerStore());
  const expected = learnt.map(({ tags }) => [...tags]);
  for (const batchTokens of [1, 25, 2048]) {
    const tagged = await tagSentences(tagger, words, { batchTokens });
    assertEquals(tagged.map(({ tags }) => tags), expected);
    assertEquals(tagged.map(({ probabilities }) => probabilities.length), words.map(({ length }) => length));
  }
});

testInHalf("tagSentences() gives the same tags in f16, nearly as sure of them", async (device) => {
  const store = await tinyTaggerStore();
  const [full, half] = await Promise.all((["f32", "f16"] as const).map(async (precision) => {
    const tagger = await openTagger(device, store, { precision });
    const tagged = await tagSentences(tagger, words);
    tagger.free();
    return tagged;
  }));
  full.forEach(({ tags, probabilities }, i) => {
    assertEquals(half[i].tags, tags);
    probabilities.forEach((probability, word) =>
      assertAlmostEquals(half[i].probabilities[word], probability, 5e-3)
    );
  });
});

Deno.test("openTagger() refuses f16 on a device that has none", async () => {
  const store = await tinyTaggerStore();
  await assertRejects(
    () => openTagger(new CpuDevice(), store, { precision: "f16" }),
    DeviceError,
    "The CPU device has no f16, since WebAssembly has none: use precision f32",
  );
});

Deno.test("tagSentences() stops at an aborted signal, throwing its reason", async () => {
  const tagger = await openTagger(new CpuDevice(), await tinyTaggerStore());
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  const thrown = await assertRejects(() => tagSentences(tagger, words, { signal }));
  assertEquals(thrown, reason);
});

Deno.test("free() gives back all memory of a tagger", async () => {
  const device = new CpuDevice();
  const tagger = await openTagger(device, await tinyTaggerStore());
  await tagSentences(tagger, words);
  tagger.free();
  assertEquals(device.memory.liveBytes, 0);
});

/** A model of zeros without a tagging head. */
async function encoderStore(config: Record<string, unknown>): Promise<MemoryStore> {
  const store = await tinyModelStore(config);
  const specs = specsOf(parseConfig({ ...tinyConfig, ...config }, "config.json"), []);
  await writeSafetensors(store, "model.safetensors", {
    tensors: specs.map(({ name, shape }) => zeros(name, shape)),
  });
  return store;
}

Deno.test("openTagger() refuses a model that was never fine-tuned", async () => {
  const device = new CpuDevice();
  await assertRejects(
    async () => openTagger(device, await encoderStore({})),
    CheckpointError,
    "config.json: expected the tags of a tagger (id2label), found none: fine-tune the model first",
  );
  await assertRejects(
    async () => openTagger(device, await encoderStore({ id2label: { 0: "O", 1: "B-PER", 2: "I-PER" } })),
    CheckpointError,
    "model.safetensors: expected a tagger, found no classifier.weight and classifier.bias: fine-tune the model first",
  );
  assertEquals(device.memory.liveBytes, 0);
});
