import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { openSafetensors, toFloat32 } from "../../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { CheckpointError, TrainingError } from "../../../src/errors.ts";
import { scoreSentences } from "../../../src/evaluation/scores.ts";
import { openTagger, tagSentences } from "../../../src/inference/tagger.ts";
import { addTaggingHead } from "../../../src/nn/heads/registry.ts";
import { MemoryStore } from "../../../src/store/memory_store.ts";
import { readText, writeText } from "../../../src/store/store.ts";
import type { TrainingInput } from "../../../src/training/input.ts";
import { train } from "../../../src/training/trainer.ts";
import { syntheticSentences, tinyModelStore } from "../../fixtures.ts";
import { wideHead } from "./wide_head.ts";

const device = new CpuDevice();
const training = syntheticSentences(30);
const dev = syntheticSentences(6, 2);
addTaggingHead(wideHead);
const settings = {
  head: "wide",
  learningRate: 5e-3,
  headLearningRate: 5e-3,
  batchTokens: 120,
  epochs: 4,
};

async function run(out: MemoryStore, input: Partial<TrainingInput> = {}) {
  const start = { store: await tinyModelStore(), dir: "", scratch: true };
  const place = { store: out, dir: "" };
  return await train({ device, start, out: place, training, dev, settings, ...input });
}

async function read(store: MemoryStore, name: string): Promise<Float32Array> {
  const source = await openSafetensors(store, "model.safetensors");
  return toFloat32("F32", await source.read(name));
}

Deno.test("a tagging head of one's own is trained, saved and opened, and tags as it did in training", async () => {
  const out = new MemoryStore();
  const { devF1 } = await run(out);
  assert(devF1 > 0.2, `${devF1}`);
  assertNotEquals(await read(out, "wide.shapes.weight"), new Float32Array(12));
  const tagger = await openTagger(device, out);
  const tagged = await tagSentences(tagger, dev.map(({ words }) => words));
  const report = scoreSentences(dev.map(({ tags }) => tags), tagged.map(({ tags }) => tags));
  assertEquals(report.strict.micro.f1, devF1);
  const config = JSON.parse(await readText(out, "config.json"));
  await writeText(out, "config.json", JSON.stringify({ ...config, lacuna: { head: "newer" } }));
  await assertRejects(
    () => openTagger(device, out),
    CheckpointError,
    'config.json: expected a tagging head of the kind linear, crf or wide, found "newer"',
  );
});

Deno.test("a run with such a head is resumed to the same bytes, and with no other head", async () => {
  const [whole, cut] = [new MemoryStore(), new MemoryStore()];
  await run(whole);
  const controller = new AbortController();
  await run(cut, {
    signal: controller.signal,
    onEvent: (event) => event.type === "step" && event.step === 5 && controller.abort(),
  });
  await assertRejects(
    () => run(cut, { resume: true, settings: { ...settings, head: "linear" } }),
    TrainingError,
    "head",
  );
  assertEquals((await run(cut, { resume: true })).status, "finished");
  assertEquals(await read(cut, "wide.shapes.weight"), await read(whole, "wide.shapes.weight"));
  assertEquals(
    await cut.read("model.safetensors", 0, await cut.size("model.safetensors")),
    await whole.read("model.safetensors", 0, await whole.size("model.safetensors")),
  );
});
