import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { specsOf } from "../../src/model/heads.ts";
import { parseConfig } from "../../src/model/config.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
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

/** A model of zeros, with a tagging head where it has tags. */
async function encoderStore(
  config: Record<string, unknown>,
  labels: readonly string[] = [],
): Promise<MemoryStore> {
  const named = labels.length > 0 ? { id2label: Object.fromEntries(labels.entries()) } : {};
  const store = await tinyModelStore({ ...named, ...config });
  const specs = specsOf(
    parseConfig({ ...tinyConfig, ...config }, "config.json"),
    labels.length > 0 ? [tokenClassification.of(labels)] : [],
  );
  await writeSafetensors(store, "model.safetensors", {
    tensors: specs.map(({ name, shape }) => zeros(name, shape)),
  });
  return store;
}

Deno.test("a tagger of another scheme gives IOB2, and never a tag of padding", async () => {
  const tagger = await openTagger(
    new CpuDevice(),
    await encoderStore({}, ["[PAD]", "S-PER", "O", "B-PER", "E-PER"]),
  );
  assertEquals(tagger.labels, ["O", "B-PER", "I-PER"]);
  // All logits are 0, so the first of the best paths: O stands before the others in its scheme.
  assertEquals((await tagSentences(tagger, [["Asha", "anaishi"]]))[0].tags, ["O", "O"]);
});

Deno.test("openTagger() refuses a classifier of sentences by its architecture, and tags of no scheme", async () => {
  const architectures = ["BertForSequenceClassification"];
  const cases: [Record<string, unknown>, string[], string][] = [
    [
      { architectures },
      ["O", "B-PER", "I-PER"],
      "config.json: expected architectures to name a model ForTokenClassification, a tagger, found " +
      '"BertForSequenceClassification"; it classifies whole texts: fine-tune it as a tagger first',
    ],
    [
      {},
      ["NEGATIVE", "POSITIVE"],
      "config.json: expected id2label with O and tags of one scheme (IOB1, IOB2, IOE1, IOE2, BIOES, BILOU, BMES, IO), " +
      'found ["NEGATIVE", "POSITIVE"]; put the tags there that the model was trained with',
    ],
  ];
  for (const [config, labels, message] of cases) {
    const store = await encoderStore(config, labels);
    await assertRejects(() => openTagger(new CpuDevice(), store), CheckpointError, message);
  }
});

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
