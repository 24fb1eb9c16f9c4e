import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { OptionError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { augment } from "../../src/training/augmentation.ts";
import type { TrainingEvent } from "../../src/training/events.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import { checkSettings } from "../../src/training/settings.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtLook } from "../aborted.ts";
import { testOnDevices } from "../devices.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { tinyMaskedLmStore } from "../tiny_masked_lm.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";

const start = { store: await tinyMaskedLmStore(), dir: "" };
const training = syntheticSentences(12, 1, 2);
const labels = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"];
const settings = { augmentation: 2, augmentationEpochs: 2, batchTokens: 120, adaptationLearningRate: 1e-3 };

/** An augmentation on a device of its own, with its events. */
async function copiesOf(input: Partial<Parameters<typeof augment>[0]> = {}, change = {}) {
  const events: TrainingEvent[] = [];
  const device = new CpuDevice();
  const copies = await augment({
    device,
    start,
    training,
    labels,
    settings: checkSettings({ ...settings, ...change }),
    onEvent: (event) => events.push(event),
    ...input,
  });
  assertEquals(device.memory.liveBytes, 0);
  return { copies, events };
}

Deno.test("copies have the tags of a sentence and other names, so many a sentence at most, and no two are the same", async () => {
  const { copies, events } = await copiesOf();
  assert(copies!.length > training.length / 2, `${copies!.length} copies`);
  assertEquals(new Set(copies!.map(({ words }) => words.join(" "))).size, copies!.length);
  const outside = ({ words, tags }: { words: readonly string[]; tags: readonly string[] }) =>
    words.map((word, i) => tags[i] === "O" ? word : tags[i]).join(" ");
  const sources = training.map(outside);
  for (const copy of copies!) assert(sources.includes(outside(copy)), copy.words.join(" "));
  for (const source of sources) {
    const same = sources.filter((other) => other === source).length;
    assert(copies!.filter((copy) => outside(copy) === source).length <= 2 * same);
  }
  const told = events.filter((event) => event.type === "augmentation");
  assertEquals(told.map(({ sentences }) => sentences), [copies!.length]);
  assert(told[0].tokens > 0);
  const steps = events.filter((event) => event.type === "step");
  assert(
    steps.every(({ phase, mlmLoss, taggingLoss }) =>
      phase === "augmentation" && mlmLoss > 0 && taggingLoss === 0
    ),
  );
  assertEquals(steps.at(-1)!.step, steps.at(-1)!.totalSteps);
  const rates = steps.map(({ learningRate }) => learningRate);
  assert(Math.max(...rates) > settings.adaptationLearningRate / 2, `rates ${rates}`);
});

Deno.test("the same input gives the same copies, and another seed gives others", async () => {
  const { copies } = await copiesOf();
  assertEquals((await copiesOf()).copies, copies);
  assertNotEquals((await copiesOf({}, { seed: 2 })).copies, copies);
});

Deno.test("sentences without names, and such that do not fit into the model with their markers, get no copies", async () => {
  const plain = [{ words: ["leo", "soko"], tags: ["O", "O"] }];
  const long = [{ words: Array<string>(19).fill("Tanga"), tags: Array<string>(19).fill("B-LOC") }];
  assertEquals((await copiesOf({ training: [...plain, ...long] })).copies, []);
});

Deno.test("a checkpoint without a trained masked-LM head is refused, and so are random weights", async () => {
  const expected = "Expected a trained masked-LM head, which proposes the names for augmentation, but found ";
  const tagger = { store: await tinyTaggerStore(), dir: "" };
  await assertRejects(
    () => copiesOf({ start: tagger }),
    OptionError,
    `${expected}a checkpoint without one: begin from a checkpoint that was pretrained`,
  );
  const scratch = { store: await tinyModelStore(), dir: "", scratch: true };
  await assertRejects(() => copiesOf({ start: scratch }), OptionError, `${expected}random weights`);
});

/** A training run with augmentation. */
async function run(input: Partial<TrainingInput> & { out: TrainingInput["out"] }): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  await train({
    device: new CpuDevice(),
    start,
    training,
    dev: syntheticSentences(4, 2),
    settings: { ...settings, epochs: 1 },
    onEvent: (event) => events.push(event),
    ...input,
  });
  return events;
}

async function modelBytes({ store }: TrainingInput["out"]): Promise<Uint8Array> {
  return await store.read("model.safetensors", 0, await store.size("model.safetensors"));
}

Deno.test("the tagger learns from sentences and copies, in steps that begin after the augmentation", async () => {
  const { copies } = await copiesOf();
  const [made, given] = [newOut(), newOut()];
  const events = await run({ out: made });
  const types = events.map((event) => event.type === "step" ? event.phase : event.type);
  const order = [...new Set(types)].filter((type) => type !== "checkpoint");
  assertEquals(order, ["augmentation", "start", "tagging", "evaluation", "done"]);
  await run({ out: given, augmented: copies });
  assertEquals(await modelBytes(made), await modelBytes(given));
  const none = newOut();
  await run({ out: none, settings: { ...settings, augmentation: 0, epochs: 1 } });
  assertNotEquals(await modelBytes(none), await modelBytes(made));
});

Deno.test("a run that is stopped at any time, while copies are made or later, and is resumed saves the same bytes", async () => {
  const whole = newOut();
  await run({ out: whole });
  const stoppedIn = new Set<string>();
  for (let k = 0;; k += 3) {
    const out = newOut();
    const events = await run({ out, signal: abortedAtLook(k) });
    if (!await out.store.exists("training_state.safetensors")) break;
    stoppedIn.add(events.some(({ type }) => type === "augmentation") ? "tagging" : "augmentation");
    await run({ out, resume: true });
    assertEquals(await modelBytes(out), await modelBytes(whole), `stopped at look ${k}`);
  }
  assertEquals(stoppedIn, new Set(["augmentation", "tagging"]));
});

Deno.test("a run that is resumed takes the copies that it has made, and makes them no second time", async () => {
  const out = newOut();
  const interrupt = new AbortController();
  await run({
    out,
    signal: interrupt.signal,
    onEvent: (event) => event.type === "step" && event.phase === "tagging" && interrupt.abort(),
  });
  const events = await run({ out, resume: true });
  assertEquals(events[0].type, "start");
});

testOnDevices("an augmented run learns on every device", async (device) => {
  await train({
    device,
    start,
    out: newOut(),
    training,
    dev: syntheticSentences(4, 2),
    settings: { ...settings, augmentation: 1, augmentationEpochs: 1, maxSteps: 2 },
  });
});

Deno.test("raw text beside an augmentation is refused: its masked LM would not be the adapted one", async () => {
  await assertRejects(
    () => run({ out: newOut(), unlabelled: ["leo soko"] }),
    OptionError,
    "Expected no unlabelled text with augmentation",
  );
});

function newOut(): TrainingInput["out"] {
  return { store: new MemoryStore(), dir: "" };
}
