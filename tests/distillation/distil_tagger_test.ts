import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { distilTagger, type TaggerDistillationInput } from "../../src/distillation/distil_tagger.ts";
import {
  checkTaggerDistillation,
  defaultTaggerDistillationSettings,
  type TaggerDistillationSettings,
} from "../../src/distillation/tagger_settings.ts";
import { CheckpointError, DataError, OptionError, TrainingError } from "../../src/errors.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingEvent, TrainingResult } from "../../src/training/events.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtStep } from "../aborted.ts";
import { testOnDevices } from "../devices.ts";
import { sentences, syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { learntConll, tinyTaggerStore } from "../tiny_tagger.ts";
import { bytesIn } from "../store/bytes_in.ts";

const learnt = sentences(learntConll);
/** Text that the teacher has opinions on: its own words in other orders. */
const text = Array.from(
  { length: 24 },
  (_, i) =>
    learnt.flatMap(({ words }) => words).map((_, j, all) => all[(7 * i + 5 * j) % all.length]).slice(0, 6),
);

/** Everything random is on. */
const settings = { learningRate: 5e-3, headLearningRate: 5e-3, batchTokens: 40, epochs: 2, accumulation: 2 };

type Given = Partial<Omit<TaggerDistillationInput, "out" | "device">> & { out?: MemoryStore };

async function run(device: Device, { out = new MemoryStore(), ...input }: Given = {}) {
  const events: TrainingEvent[] = [];
  const teacher = { store: await tinyTaggerStore(), dir: "" };
  const result: TrainingResult = await distilTagger({
    device,
    teacher,
    start: { ...teacher, layers: [0] },
    out: { store: out, dir: "" },
    sentences: text,
    settings,
    ...input,
    onEvent(event) {
      events.push(event);
      input.onEvent?.(event);
    },
  });
  return { result, events, out };
}

const stepsOf = (events: readonly TrainingEvent[]) => events.filter((event) => event.type === "step");

Deno.test("a student with half of the layers comes to tag as its teacher does, without a tag being given", async () => {
  const device = new CpuDevice();
  const { result, events, out } = await run(device, {
    settings: { ...settings, epochs: 12, dropout: false, schedule: "constant" },
  });
  const losses = stepsOf(events).map(({ distillationLoss }) => distillationLoss!);
  assert(losses.at(-1)! < 0.1 * losses[0], `${losses[0]} to ${losses.at(-1)}`);
  assert(
    stepsOf(events).every(({ loss, taggingLoss, distillationLoss }) =>
      taggingLoss === 0 && loss === distillationLoss
    ),
  );
  assert(result.devF1 > 0.9, `${result.devF1}`);
  assertEquals(device.memory.liveBytes, 0);
  const student = await openTagger(device, out);
  const words = learnt.map(({ words }) => words);
  const tags = async (tagger: typeof student) => (await tagSentences(tagger, words)).map(({ tags }) => tags);
  const teacher = await openTagger(device, await tinyTaggerStore());
  assertEquals(await tags(student), await tags(teacher));
  const config = JSON.parse(new TextDecoder().decode((await bytesIn(out)).get("config.json")));
  assertEquals(config.num_hidden_layers, 1);
});

Deno.test("a student that is its teacher begins with nothing to learn, gaps or none: the teacher sees what they hide", async () => {
  const still = { ...settings, learningRate: 0, headLearningRate: 0, dropout: false, maxSteps: 2 };
  const teacher = { store: await tinyTaggerStore(), dir: "" };
  const lossWith = async (masking: string) => {
    const { events } = await run(new CpuDevice(), {
      start: teacher,
      settings: { ...still, masking, maskedCopies: 2, annealFrom: 1 },
    });
    return stepsOf(events)[0].distillationLoss!;
  };
  assert(Math.abs(await lossWith("none")) < 1e-5);
  assert(await lossWith("span") > 1e-3);
});

testOnDevices(
  "a distillation that is interrupted and resumed leaves what one does that never was",
  async (device) => {
    const both = { training: learnt, settings: { ...settings, masking: "span" } };
    const whole = await run(device, both);
    assert(whole.result.steps > 4, `${whole.result.steps}`);
    for (const at of device.kind === "cpu" ? [0, 1, 4] : [3]) {
      const out = new MemoryStore();
      const first = await run(device, { ...both, out, ...abortedAtStep(at) });
      assertEquals(first.result.status, "interrupted");
      const second = await run(device, { ...both, out, resume: true });
      assertEquals(second.result, whole.result);
      assertEquals(await bytesIn(out), await bytesIn(whole.out));
    }
  },
);

Deno.test("the memory that is announced has room for both, and no more than it takes", async () => {
  const device = new CpuDevice();
  let bound = 0;
  await run(device, {
    settings: { ...settings, masking: "span", maxSteps: 3 },
    onEvent: (event) => event.type === "start" && (bound = event.memory.total),
  });
  const { peakBytes } = device.memory;
  assert(peakBytes <= bound && peakBytes > 0.7 * bound, `${peakBytes} of ${bound}`);
});

Deno.test("of a teacher with a CRF head the emissions are learnt, and the run says so", async () => {
  const device = new CpuDevice();
  const teacher = new MemoryStore();
  await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: teacher, dir: "" },
    training: learnt,
    dev: learnt,
    settings: { head: "crf", masking: "none", maxSteps: 2 },
  });
  const { events, out } = await run(device, {
    teacher: { store: teacher, dir: "" },
    start: { store: teacher, dir: "", layers: [1] },
    settings: { ...settings, maxSteps: 2 },
  });
  assertEquals(events.flatMap((event) => event.type === "warning" ? [event.message] : []), [
    "The teacher has a crf head: the student learns what it says of each word by itself, and decodes with a linear head.",
  ]);
  const [start] = events.filter((event) => event.type === "start");
  assertEquals(start.fresh, []); // the teacher's own classifier is the student's first one
  assertEquals((await openTagger(device, out)).labels, (await openTagger(device, teacher)).labels);
});

Deno.test("of a teacher that is joined with words the encoder is learnt, and the run says so once", async () => {
  const device = new CpuDevice();
  const teacher = { store: new MemoryStore(), dir: "" };
  const { words } = await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: teacher,
    training: learnt,
    dev: learnt,
    settings: { features: "words", masking: "none", maxSteps: 1 },
  });
  assert(words!.weight! > 0, `${words!.weight}`);
  const { events } = await run(device, {
    teacher,
    start: { ...teacher, layers: [1] },
    settings: { ...settings, maxSteps: 2 },
  });
  assertEquals(events.flatMap((event) => event.type === "warning" ? [event.message] : []), [
    "The teacher is joined with words: the student learns what its encoder says.",
  ]);
});

Deno.test("the teacher's share counts alike at every temperature, so that it can be mixed with gold tags", async () => {
  const lossAt = async (temperature: number) => {
    const still = { learningRate: 0, headLearningRate: 0, maxSteps: 1, dropout: false };
    const { events } = await run(new CpuDevice(), { settings: { ...settings, ...still, temperature } });
    return stepsOf(events)[0].distillationLoss!;
  };
  // Where all is soft the divergence falls with the square of the temperature.
  const [warm, hot] = [await lossAt(30), await lossAt(60)];
  assert(Math.abs(warm / hot - 1) < 0.05, `${warm}, ${hot}`);
});

Deno.test("gold tags are learnt beside, by their share of the loss", async () => {
  const losses = async (goldWeight: number) => {
    const { events } = await run(new CpuDevice(), {
      training: learnt,
      dev: learnt,
      settings: {
        ...settings,
        goldWeight,
        temperature: 1,
        learningRate: 0,
        headLearningRate: 0,
        maxSteps: 1,
      },
    });
    return stepsOf(events)[0];
  };
  const [low, high] = [await losses(0.2), await losses(0.6)];
  const near = (a: number, b: number) => assert(Math.abs(a - b) < 1e-5 * Math.abs(b), `${a}, ${b}`);
  near(high.taggingLoss, 3 * low.taggingLoss);
  near(high.distillationLoss!, low.distillationLoss! / 2);
  near(low.loss, low.taggingLoss + low.distillationLoss!);
});

Deno.test("what cannot be distilled is refused with what to do, before anything is written", async () => {
  const device = new CpuDevice();
  const out = new MemoryStore();
  const other = await tinyModelStore();
  const tokenizer = JSON.parse(
    new TextDecoder().decode(await other.read("tokenizer.json", 0, await other.size("tokenizer.json"))),
  );
  tokenizer.normalizer = null;
  const another = new MemoryStore({
    "config.json": await other.read("config.json", 0, await other.size("config.json")),
    "tokenizer.json": JSON.stringify(tokenizer),
  });
  const refused: [Given, new (message: string) => Error, string][] = [
    [{ start: { store: another, dir: "", scratch: true } }, OptionError, "take layers of the teacher itself"],
    [
      { teacher: { store: other, dir: "" } },
      CheckpointError,
      "expected the tags of a tagger (id2label), found none",
    ],
    [{ sentences: [[]] }, DataError, "Expected text that the teacher can tag but found no word in it"],
    [{ sentences: text.slice(0, 1) }, DataError, "give more text, or dev sentences"],
    [
      { dev: syntheticSentences(2).map(({ words }) => ({ words, tags: words.map(() => "B-ORG") })) },
      DataError,
      "B-ORG",
    ],
    ...[[], [2], [1, 0], [0, 0], [0.5]].map((layers): [Given, new (message: string) => Error, string] => [
      { start: { store: other, dir: "", scratch: true, layers } },
      OptionError,
      `Expected keepLayers to be ascending numbers from 0 to 1, the layers of the model, but found ${
        layers.join(", ") || "none"
      }`,
    ]),
  ];
  for (const [given, kind, sentence] of refused) {
    await assertRejects(() => run(device, { out, ...given }), kind, sentence);
  }
  assertEquals([await out.list(""), device.memory.liveBytes], [[], 0]);
});

Deno.test("settings of a distillation that cannot work are refused by name", () => {
  const bad: [Partial<TaggerDistillationSettings>, string][] = [
    [{ temperature: 0 }, "Expected temperature to be above 0 and at most 100 but found 0"],
    [{ goldWeight: -0.1 }, "Expected goldWeight to be a number from 0 to 1 but found -0.1"],
    [{ goldWeight: 1 }, "Expected goldWeight below 1 but found 1: nothing would be learnt from the teacher"],
    [{ masking: "entity" }, "Expected masking to be none, token, word or span but found entity"],
  ];
  for (const [given, message] of bad) {
    assertThrows(() => checkTaggerDistillation(given), OptionError, message);
  }
});

Deno.test("a distillation is resumed with the same settings, text and teacher only", async () => {
  const device = new CpuDevice();
  const out = new MemoryStore();
  await run(device, { out, ...abortedAtStep(2) });
  const files = await bytesIn(await tinyTaggerStore());
  const { start } = (await openSafetensors(await tinyTaggerStore(), "model.safetensors")).tensors.get(
    "classifier.bias",
  )!;
  files.get("model.safetensors")![start] ^= 1;
  const changed = { store: new MemoryStore(Object.fromEntries(files)), dir: "" };
  const refused: [Given, string][] = [
    [
      { settings: { ...settings, temperature: 3 } },
      "expected temperature 2, with which this run began, but found 3",
    ],
    [{ sentences: text.slice(1) }, "expected the sentences with which this run began but found others"],
    [{ teacher: changed }, "expected the model with which this run began"],
    [
      { start: { store: await tinyTaggerStore(), dir: "", layers: [1] } },
      "expected the model with which this run began",
    ],
  ];
  for (const [given, sentence] of refused) {
    await assertRejects(() => run(device, { out, resume: true, ...given }), TrainingError, sentence);
  }
});

/** Another value of each setting. */
const others: Partial<TaggerDistillationSettings> = {
  temperature: 3,
  goldWeight: 0.2,
  masking: "token",
  maskedCopies: 2.5,
  maskedShare: 0.4,
  maskFrom: 0.5,
  annealFrom: 0,
  epochs: 3,
  maxSteps: 2,
  batchTokens: 90,
  accumulation: 1,
  learningRate: 2e-3,
  headLearningRate: 1e-2,
  layerDecay: 0.5,
  schedule: "cosine",
  warmup: 0.7,
  weightDecay: 0.9,
  maxGradientNorm: 1e-9,
  freezeEmbeddings: true,
  freezeLayers: 1,
  evaluations: 1,
  dropout: false,
  seed: 2,
};

/** What shows in other ways. */
const elsewhere = ["average", "patience", "recompute", "precision"];

Deno.test("every setting arrives in the steps of a distillation", async () => {
  const names = [...Object.keys(others), ...elsewhere].toSorted();
  assertEquals(names, Object.keys(defaultTaggerDistillationSettings).toSorted());
  const toldBy = async (change: Partial<TaggerDistillationSettings>) => {
    const { events } = await run(new CpuDevice(), {
      training: learnt,
      settings: { ...settings, masking: "span", maskedCopies: 1.5, annealFrom: 1, evaluations: 2, ...change },
    });
    return JSON.stringify(events.filter(({ type }) => type === "step" || type === "evaluation"));
  };
  const base = await toldBy({});
  assertEquals(await toldBy({}), base);
  for (const [name, value] of Object.entries(others)) {
    assert(await toldBy({ [name]: value }) !== base, `${name} changes nothing`);
  }
});
