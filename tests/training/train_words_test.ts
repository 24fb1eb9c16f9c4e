import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { CheckpointError, DataError } from "../../src/errors.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { trainWords } from "../../src/training/train_words.ts";
import { abortedAtLook } from "../aborted.ts";
import { sentences, syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { learntConll } from "../tiny_tagger.ts";

const device = new CpuDevice();

async function f1Of(out: MemoryStore, of: ReturnType<typeof syntheticSentences>): Promise<number> {
  const tagger = await openTagger(device, out);
  const tagged = await tagSentences(tagger, of.map(({ words }) => words));
  tagger.free();
  return scoreSentences(of.map(({ tags }) => tags), tagged.map(({ tags }) => tags)).strict.micro.f1;
}

async function filesIn(store: MemoryStore): Promise<string[]> {
  return (await store.list("")).filter((name) => !name.startsWith(".")).sort();
}

Deno.test("trainWords() saves a tagger of one file that does on dev and test as it says", async () => {
  const out = new MemoryStore();
  const [training, dev, test] = [syntheticSentences(30), syntheticSentences(6, 2), syntheticSentences(6, 3)];
  const result = await trainWords({ out: { store: out, dir: "" }, training, dev, test });
  assertEquals(await filesIn(out), ["model.safetensors"]);
  assertGreater(result.features, 10);
  assertEquals(await f1Of(out, dev), result.dev?.strict.micro.f1);
  assertEquals(await f1Of(out, test), result.test?.strict.micro.f1);
  const again = new MemoryStore();
  await trainWords({ out: { store: again, dir: "" }, training });
  const bytes = (store: MemoryStore) =>
    store.size("model.safetensors").then((size) => store.read("model.safetensors", 0, size));
  assertEquals(await bytes(again), await bytes(out));
});

Deno.test("trainWords() writes nothing where it is aborted, or a tag of test is unknown", async () => {
  const out = new MemoryStore();
  const training = sentences(learntConll);
  const signal = abortedAtLook(100);
  assertEquals(
    await assertRejects(() => trainWords({ out: { store: out, dir: "" }, training, signal })),
    signal.reason,
  );
  const test = sentences("Simba B-ORG\n");
  await assertRejects(() => trainWords({ out: { store: out, dir: "" }, training, test }), DataError, "B-ORG");
  assertEquals(await filesIn(out), []);
});

/** A run whose encoder learns next to nothing. */
async function joined(out: MemoryStore, features: "none" | "words") {
  const training = sentences(learntConll);
  return await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    training,
    dev: training,
    test: training,
    settings: { maxSteps: 1, learningRate: 1e-6, headLearningRate: 1e-6, features },
  });
}

Deno.test("words are joined with an encoder that needs them, saved beside it, and gone with the next run", async () => {
  const out = new MemoryStore();
  const { words, dev, test } = await joined(out, "words");
  assertGreater(words!.weight!, 0);
  assertGreater(dev!.strict.micro.f1, words!.encoderDevF1!);
  assertEquals(test!.strict, dev!.strict);
  assertEquals(await f1Of(out, sentences(learntConll)), dev!.strict.micro.f1);
  const files = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];
  assertEquals(await filesIn(out), [...files, "words.safetensors"]);

  const plain = await joined(out, "none");
  assertEquals([plain.words, plain.dev!.strict.micro.f1], [undefined, words!.encoderDevF1]);
  assertEquals(await filesIn(out), files);
});

Deno.test("a tagger is refused without the words with which it was saved, and with others", async () => {
  const out = new MemoryStore();
  await joined(out, "words");
  const bytes = await out.read("words.safetensors", 0, await out.size("words.safetensors"));
  await out.remove("words.safetensors");
  await assertRejects(
    () => openTagger(device, out),
    CheckpointError,
    "words.safetensors: expected the words",
  );
  const changed = bytes.slice();
  changed[changed.length - 1] ^= 1;
  const sink = await out.write("words.safetensors");
  await sink.write(changed);
  await sink.close();
  await assertRejects(() => openTagger(device, out), CheckpointError, "found others");
  assert(changed.length === bytes.length);
});
