import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { DataError, OptionError, TrainingError } from "../../src/errors.ts";
import type { PretrainingEvent, PretrainingResult } from "../../src/pretraining/events.ts";
import type { PretrainingInput } from "../../src/pretraining/input.ts";
import { defaultPretrainingSettings, type PretrainingSettings } from "../../src/pretraining/settings.ts";
import { mostMaskedRows } from "../../src/pretraining/masked_rows.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readJson } from "../../src/store/store.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtLook, abortedAtStep } from "../aborted.ts";
import { testOnDevices } from "../devices.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { NotingDevice } from "../training/noting_device.ts";
import { filesOf, repetitiveText } from "./text.ts";
import { bytesIn } from "../store/bytes_in.ts";

const text = filesOf(repetitiveText(60), repetitiveText(30, 2));
const heldOut = filesOf(repetitiveText(40, 3));

/** Everything random is on; pools of a few batches, several of them an epoch. */
const settings = {
  learningRate: 3e-3,
  batchTokens: 60,
  accumulation: 2,
  shuffleTokens: 200,
  epochs: 2,
  evaluateEvery: 7,
  evaluationTokens: 200,
  boundaryObjective: true,
};

interface Run {
  result: PretrainingResult;
  events: PretrainingEvent[];
  out: MemoryStore;
}

type Given = Partial<Omit<PretrainingInput, "out" | "device">> & { out?: MemoryStore };

async function run(device: Device, { out = new MemoryStore(), ...input }: Given = {}): Promise<Run> {
  const events: PretrainingEvent[] = [];
  const result = await pretrain({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    text,
    heldOut,
    settings,
    ...input,
    onEvent(event) {
      events.push(event);
      input.onEvent?.(event);
    },
  });
  return { result, events, out };
}

/** Interrupted when it tells of step `k`. */
async function runInterruptedAt(device: Device, k: number, input: Given): Promise<Run> {
  return await run(device, { ...input, ...abortedAtStep(k) });
}

Deno.test("a run that is interrupted anywhere, and then resumed, leaves what one does that never was", async () => {
  const device = new CpuDevice();
  const short = {
    text: filesOf(repetitiveText(40), repetitiveText(20, 2)),
    settings: { ...settings, epochs: 1 },
  };
  const whole = await run(device, short);
  assert(whole.result.steps > 7, `${whole.result.steps}`);
  const expected = await bytesIn(whole.out);
  const steps = new Set<number>();
  for (let look = 0;; look++) {
    const out = new MemoryStore();
    const first = await run(device, { ...short, out, signal: abortedAtLook(look) });
    if (first.result.status !== "interrupted") break;
    steps.add(first.result.steps);
    const second = await run(device, { ...short, out, resume: true });
    assertEquals(second.result, whole.result, `interrupted at look ${look}`);
    assertEquals(await bytesIn(out), expected, `interrupted at look ${look}`);
    const told = (events: readonly PretrainingEvent[]) => events.filter(({ type }) => type === "step");
    assertEquals([...told(first.events), ...told(second.events)], told(whole.events));
  }
  assertEquals(steps.size, whole.result.steps + 1);
});

testOnDevices("a run by steps is resumed in the same bytes", async (device) => {
  const bySteps = { ...settings, maxSteps: 9, evaluationTokens: 60 };
  const whole = await run(device, { settings: bySteps });
  assertEquals(whole.result.steps, 9);
  const out = new MemoryStore();
  await runInterruptedAt(device, 5, { settings: bySteps, out });
  await run(device, { settings: bySteps, out, resume: true });
  assertEquals(await bytesIn(out), await bytesIn(whole.out));
});

Deno.test("a tiny model learns a tiny language: better than the most frequent piece, which is better than chance", async () => {
  const { result, events } = await run(new CpuDevice(), {
    text: filesOf(repetitiveText(600)),
    settings: { masking: "word", learningRate: 1e-2, batchTokens: 300, epochs: 12, dropout: false },
  });
  const { before, best, mostFrequent, chance, masked } = result.heldOut!;
  assert(masked > 30);
  assertAlmostEquals(before!.loss, Math.log(301), 0.1);
  assert(best!.loss < 0.6 * before!.loss, `loss ${before!.loss} to ${best!.loss}`);
  assert(best!.accuracy > 2 * mostFrequent.accuracy, `${best!.accuracy} to ${mostFrequent.accuracy}`);
  assert(mostFrequent.accuracy > 10 * chance && before!.accuracy < 0.1);
  assertAlmostEquals(result.maskedShare, 0.15, 0.01);
  const steps = events.filter((event) => event.type === "step");
  assertEquals(steps.map(({ step }) => step), steps.map((_, i) => i + 1));
  assertEquals(steps.at(-1)!.totalSteps, steps.length);
  // Estimated from bytes: near the truth from the first step on.
  assertAlmostEquals(steps[0].totalSteps, steps.length, 0.2 * steps.length);
});

Deno.test("the rate falls over all passes through the text, by the share of their bytes that is done", async () => {
  const { events } = await run(new CpuDevice(), { settings: { ...settings, epochs: 4, warmup: 0 } });
  const steps = events.filter((event) => event.type === "step");
  const first = [1, 2, 3, 4].map((epoch) => steps.find((step) => step.epoch === epoch)!.learningRate);
  [1, 0.75, 0.5, 0.25].forEach((share, i) =>
    assertAlmostEquals(first[i], share * settings.learningRate, 1e-12)
  );
  steps.slice(1).forEach((step, i) => assert(step.learningRate < steps[i].learningRate));
});

Deno.test("no batch of a run predicts more masked pieces than its memory was planned for", async () => {
  const device = new NotingDevice();
  const sizes = { maxLength: 12, batchTokens: 60 };
  const { events } = await run(device, {
    // A word that fills a sequence, and is masked whole.
    text: filesOf(`${"tanga".repeat(8)}\n\n`.repeat(150)),
    heldOut: undefined,
    settings: { ...sizes, accumulation: 1, masking: "span" },
  });
  const most = mostMaskedRows(sizes, { maxTokens: sizes.maxLength });
  const masked = events.flatMap((event) => event.type === "step" ? [event.masked.tokens] : []);
  assert(Math.max(...masked) > most, "no step has so many that it has to be cut");
  assert(device.mostLossRows <= most, `${device.mostLossRows} of ${most}`);
});

Deno.test("no two steps of a run draw the same dropout", async () => {
  const device = new NotingDevice();
  const { events } = await run(device, { settings: { ...settings, evaluateEvery: 0 } });
  // A step in which nothing is masked computes nothing.
  const drawn = events.filter((event) => event.type === "step" && event.masked.tokens > 0);
  assert(drawn.length > 10);
  assertEquals(device.dropoutSteps.size, drawn.length);
});

Deno.test("the model with the lowest held-out loss is the one that is saved", async () => {
  const { result, events, out } = await run(new CpuDevice());
  const looks = events.filter((event) => event.type === "evaluation");
  const last = result.steps % 7 === 0 ? [] : [result.steps];
  assertEquals(
    looks.map(({ step }) => step),
    [...Array.from({ length: Math.floor(result.steps / 7) + 1 }, (_, i) => 7 * i), ...last],
  );
  assertEquals(looks[0].best, false);
  const saved = events.filter((event) => event.type === "checkpoint").map(({ kind, step }) => [kind, step]);
  assertEquals(saved, looks.filter(({ best }) => best).map(({ step }) => ["model", step]));
  const lowest = looks.slice(1).reduce((a, b) => b.loss < a.loss ? b : a);
  const { step, loss, accuracy } = lowest;
  assertEquals(result.heldOut!.best, { step, loss, accuracy });
  assertEquals(await out.list(""), [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  // The held-out scores of a run that only looks are those that the saved model had.
  const look = await run(new CpuDevice(), {
    start: { store: out, dir: "" },
    settings: { ...settings, maxSteps: 1, learningRate: 0 },
  });
  assertEquals(look.result.heldOut!.before, { loss, accuracy });
});

Deno.test("without held-out text the last model is saved, in half the bytes as F16, and fine-tuning begins from it", async () => {
  const device = new CpuDevice();
  const short = { ...settings, maxSteps: 3 };
  const { result, out } = await run(device, { heldOut: undefined, settings: short });
  assertEquals([result.heldOut, result.steps], [undefined, 3]);
  const half = await run(device, { heldOut: undefined, settings: { ...short, dtype: "F16" } });
  const [a, b] = [
    await openSafetensors(out, "model.safetensors"),
    await openSafetensors(half.out, "model.safetensors"),
  ];
  assertEquals([...b.tensors.keys()], [...a.tensors.keys()]);
  for (const [name, { dtype, start, end }] of b.tensors) {
    const whole = a.tensors.get(name)!;
    assertEquals([dtype, 2 * (end - start)], ["F16", whole.end - whole.start]);
  }
  const config = JSON.parse(new TextDecoder().decode((await bytesIn(half.out)).get("config.json")));
  assertEquals(config.architectures, ["BertForMaskedLM"]);
  const fresh: string[] = [];
  await train({
    device,
    start: { store: half.out, dir: "" },
    out: { store: new MemoryStore(), dir: "" },
    training: syntheticSentences(3),
    dev: syntheticSentences(1, 2),
    settings: { maxSteps: 1 },
    onEvent: (event) => event.type === "start" && fresh.push(...event.fresh),
  });
  assertEquals(fresh, ["classifier.weight", "classifier.bias"]);
});

Deno.test("with embeddings and layers frozen the masked-LM head alone learns, at its own rate", async () => {
  const start = { store: await tinyTaggerStore(), dir: "" };
  const frozen = {
    ...settings,
    boundaryObjective: false,
    maxSteps: 3,
    freezeEmbeddings: true,
    freezeLayers: 2,
  };
  const { result, out } = await run(new CpuDevice(), { start, settings: { ...frozen, headRate: 10 } });
  const before = await openSafetensors(start.store, "model.safetensors");
  const after = await openSafetensors(out, "model.safetensors");
  for (const name of after.tensors.keys()) {
    if (name.startsWith("bert.")) assertEquals(await after.read(name), await before.read(name), name);
  }
  const slow = await run(new CpuDevice(), { start, settings: frozen });
  assert(result.heldOut!.best!.loss < slow.result.heldOut!.best!.loss);
  assert(slow.result.heldOut!.best!.loss < slow.result.heldOut!.before!.loss);
  await assertRejects(
    () => run(new CpuDevice(), { start, settings: { ...frozen, freezeLayers: 3 } }),
    OptionError,
    "Expected freezeLayers to be at most 2, all layers, but found 3",
  );
});

Deno.test("a checkpoint without a masked-LM head gets one that decodes with its word embeddings, and the run says so", async () => {
  const { events } = await run(new CpuDevice(), {
    start: { store: await tinyTaggerStore(), dir: "" },
    settings: { ...settings, boundaryObjective: false, maxSteps: 1 },
  });
  const [{ fresh }] = events.filter((event) => event.type === "start");
  assertEquals(fresh.map((name) => name.split(".").slice(0, 2).join(".")), Array(5).fill("cls.predictions"));
  assertEquals(events.filter((event) => event.type === "warning").map(({ message }) => message), [
    "The checkpoint has no masked-LM head: it begins with the word embeddings as its decoder, " +
    "and with random weights before it.",
  ]);
});

Deno.test("RoBERTa is pretrained and saved under its own names", async () => {
  const { out } = await run(new CpuDevice(), {
    start: {
      store: await tinyModelStore({ model_type: "roberta", pad_token_id: 1, max_position_embeddings: 42 }),
      dir: "",
      scratch: true,
    },
    settings: { ...settings, maxSteps: 1 },
  });
  const names = [...(await openSafetensors(out, "model.safetensors")).tensors.keys()];
  assert(
    names.includes("lm_head.layer_norm.weight") && names.every((name) => /^(roberta|lm_head)\./.test(name)),
  );
  const config = JSON.parse(new TextDecoder().decode((await bytesIn(out)).get("config.json")));
  assertEquals(config.architectures, ["RobertaForMaskedLM"]);
});

Deno.test("resuming with other settings or other text is refused with what differs", async () => {
  const device = new CpuDevice();
  const out = new MemoryStore();
  await runInterruptedAt(device, 3, { out });
  await assertRejects(
    () => run(device, { out, resume: true, settings: { ...settings, masking: "token" } }),
    TrainingError,
    "expected masking span, with which this run began, but found token",
  );
  for (const other of [{ text: filesOf(repetitiveText(61)) }, { heldOut: undefined }]) {
    await assertRejects(
      () => run(device, { out, resume: true, ...other }),
      TrainingError,
      "expected the sentences with which this run began but found others",
    );
  }
});

Deno.test("a loss that is not finite ends the run with its step, and nothing is saved over", async () => {
  const out = new MemoryStore();
  await assertRejects(
    () => run(new CpuDevice(), { out, settings: { ...settings, learningRate: 1e30 } }),
    TrainingError,
    "Expected a finite loss but found",
  );
  assertEquals(await out.list(""), []);
});

Deno.test("text, held-out text and strategies that cannot work are refused before anything is written", async () => {
  const device = new CpuDevice();
  const out = new MemoryStore();
  await assertRejects(
    () => run(device, { out, text: [] }),
    OptionError,
    "Expected files of raw text but found none",
  );
  await assertRejects(
    () => run(device, { out, heldOut: filesOf(" \n") }),
    DataError,
    "0.txt: expected held-out text, found nothing but white space: check the path",
  );
  await assertRejects(
    () => run(device, { out, settings: { masking: "entity" } }),
    OptionError,
    "Expected masking for raw text (token, word, span) but found entity",
  );
  assertEquals([await out.list(""), device.memory.liveBytes], [[], 0]);
});

/** Another value of each setting. */
const others: Partial<PretrainingSettings> = {
  masking: "token",
  boundaryObjective: false,
  maxLength: 5,
  epochs: 3,
  maxSteps: 3,
  batchTokens: 90,
  accumulation: 1,
  shuffleTokens: 1000,
  learningRate: 1e-2,
  headRate: 5,
  schedule: "cosine",
  warmup: 0.7,
  weightDecay: 0.9,
  maxGradientNorm: 1e-9,
  freezeEmbeddings: true,
  freezeLayers: 1,
  dropout: false,
  evaluateEvery: 2,
  evaluationTokens: 90,
  dtype: "F16",
  seed: 2,
};

/** What shows in other ways. */
const elsewhere = ["normalise", "recompute", "precision"];

Deno.test("every setting arrives in the steps of a run, its looks at the held-out text, or what it saves", async () => {
  const names = [...Object.keys(others), ...elsewhere].toSorted();
  assertEquals(names, Object.keys(defaultPretrainingSettings).toSorted());
  const toldBy = async (change: Partial<PretrainingSettings>) => {
    const { events, out } = await run(new CpuDevice(), {
      settings: { ...settings, maxLength: 38, ...change },
    });
    const told = events.filter(({ type }) => type === "step" || type === "evaluation");
    return JSON.stringify([told, await out.size("model.safetensors")]);
  };
  const base = await toldBy({});
  for (const [name, value] of Object.entries(others)) {
    assert(await toldBy({ [name]: value }) !== base, `${name} changes nothing`);
  }
});

Deno.test("the start of a run says how many words of the text the tokenizer does not know, and warns where they are many", async () => {
  const strange = filesOf("Juma 語 alienda 語\n".repeat(20));
  const { events, out } = await run(new CpuDevice(), {
    text: strange,
    heldOut: undefined,
    settings: { maxSteps: 1, normalise: "nfc" },
  });
  const { normalizer } = await readJson(out, "tokenizer.json") as { normalizer: { normalizers: unknown[] } };
  assertEquals(normalizer.normalizers[0], { type: "NFC" });
  const start = events.find((event) => event.type === "start");
  assertEquals(start?.unknownWords, { words: 80, unknown: 40, unknownInNfc: 40 });
  const warnings = events.flatMap((event) => event.type === "warning" ? [event.message] : []);
  assert(warnings.some((message) => message.startsWith("50.0 % of the training words")), warnings.join());
});
