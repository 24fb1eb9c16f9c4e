import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { CheckpointError, DataError, OptionError, TrainingError } from "../../src/errors.ts";
import { openSafetensors, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { writeTrainingState } from "../../src/checkpoint/training_state.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readJson } from "../../src/store/store.ts";
import type { EvaluationEvent, StepEvent, TrainingEvent, TrainingResult } from "../../src/training/events.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtLook, abortedAtStep } from "../aborted.ts";
import { testOnDevices } from "../devices.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { hookedStore } from "../store/hooked_store.ts";
import { bytesIn } from "../store/bytes_in.ts";
import { tinyJson } from "../text/golden_tokenizers.ts";

const training = syntheticSentences(30);
const dev = syntheticSentences(6, 2);

/** Settings of a short run with everything random in it: dropout, masking, and both heads. */
const settings = { learningRate: 2e-3, headLearningRate: 2e-3, batchTokens: 120, epochs: 3 };

interface Run {
  result: TrainingResult;
  events: TrainingEvent[];
  out: MemoryStore;
}

async function run(
  device: Device,
  { out = new MemoryStore(), config = {}, ...input }: Partial<Omit<TrainingInput, "out" | "device">> & {
    out?: MemoryStore;
    config?: Record<string, unknown>;
  },
): Promise<Run> {
  const events: TrainingEvent[] = [];
  const store = await tinyModelStore(config);
  const result = await train({
    device,
    start: { store, dir: "", scratch: true },
    out: { store: out, dir: "" },
    training,
    dev,
    ...input,
    onEvent: (event) => {
      events.push(event);
      input.onEvent?.(event);
    },
  });
  return { result, events, out };
}

/** A run that is interrupted when it tells of step `k`. */
async function runInterruptedAt(device: Device, k: number, input: Parameters<typeof run>[1]): Promise<Run> {
  const interrupted = await run(device, { ...input, ...abortedAtStep(k) });
  assertEquals(interrupted.result.status, "interrupted");
  return interrupted;
}

function steps(events: readonly TrainingEvent[]): StepEvent[] {
  return events.filter((event): event is StepEvent => event.type === "step");
}

async function modelBytes(store: MemoryStore): Promise<Uint8Array> {
  return await store.read("model.safetensors", 0, await store.size("model.safetensors"));
}

/** Few sentences, since every one of them is a place to be interrupted at. */
const few = {
  training: syntheticSentences(8),
  dev: syntheticSentences(2, 2),
  test: syntheticSentences(2, 3),
};

/** Runs with everything that a run can consist of, in which a signal may come at any time. */
const interruptible: Record<string, Parameters<typeof run>[1]> = {
  "a run": {
    ...few,
    settings: {
      ...settings,
      objective: "joint",
      accumulation: 2,
      batchTokens: 30,
      maxSteps: 6,
      evaluations: 3,
    },
  },
  "a run that averages weights": {
    ...few,
    settings: { ...settings, freezeLayers: 1, batchTokens: 40, maxSteps: 4, evaluations: 4, average: 3 },
  },
  "a run that adapts to raw text first": {
    ...few,
    unlabelled: syntheticSentences(4, 3).map(({ words }) => words.join(" ")),
    settings: { ...settings, batchTokens: 40, epochs: 1, boundaryObjective: true },
  },
  "a run that stops early": {
    ...few,
    settings: { ...settings, batchTokens: 60, learningRate: 0, headLearningRate: 0, epochs: 9, patience: 1 },
  },
  "a run that is evaluated on several batches": {
    ...few,
    dev: syntheticSentences(250, 2),
    test: syntheticSentences(250, 3),
    settings: { ...settings, maxSteps: 1 },
  },
  "a run that joins words with the encoder": {
    ...few,
    settings: { ...settings, maxSteps: 2, features: "words" },
  },
};
/** Runs that have many places to be interrupted at are interrupted at some of them. */
const strides: Readonly<Record<string, number>> = {
  "a run that is evaluated on several batches": 31,
  "a run that joins words with the encoder": 301,
};
for (const [name, input] of Object.entries(interruptible)) {
  Deno.test(`${name}, interrupted anywhere and then resumed, leaves what one does that never was`, async () => {
    const device = new CpuDevice();
    const whole = await run(device, input);
    const expected = await bytesIn(whole.out);
    const steps = new Set<number>();
    for (let look = 0;; look += strides[name] ?? 1) {
      const out = new MemoryStore();
      const first = await run(device, { ...input, out, signal: abortedAtLook(look) });
      if (first.result.status !== "interrupted") break;
      steps.add(first.result.steps);
      const second = await run(device, { ...input, out, resume: true });
      assertEquals(second.result, whole.result, `interrupted at look ${look}`);
      assertEquals(await bytesIn(out), expected, `interrupted at look ${look}`);
      // Words are joined again where the first run did it already.
      const told = (events: readonly TrainingEvent[]) =>
        events.filter((event) => event.type === "step" || event.type === "evaluation" && !("words" in event));
      assertEquals([...told(first.events), ...told(second.events)], told(whole.events));
    }
    if (strides[name] === undefined) assertEquals(steps.size, whole.result.steps + 1);
  });
}

testOnDevices("a run stopped in the middle and resumed saves the same bytes", async (device) => {
  const whole = await run(device, { settings });
  const out = new MemoryStore();
  await runInterruptedAt(device, 5, { settings, out });
  await run(device, { settings, out, resume: true });
  assertEquals(await modelBytes(out), await modelBytes(whole.out));
});

Deno.test("a run with several masked copies of a sentence and a schedule is resumed in the same bytes, too", async () => {
  const device = new CpuDevice();
  const copies = { ...settings, maskedCopies: 1.5, maskedShare: 0.4, maskFrom: 0.2, annealFrom: 0.5 };
  for (const objective of ["corrupt", "joint"] as const) {
    const input = { settings: { ...copies, objective } };
    const whole = await run(device, input);
    const masked = steps(whole.events).map(({ masked }) => masked.of);
    assertEquals([masked[0], masked.at(-1)], [0, 0]);
    assert(masked.some((subwords) => subwords > 0));
    for (const k of [1, 7, masked.length - 2]) {
      const out = new MemoryStore();
      await runInterruptedAt(device, k, { ...input, out });
      await assertRejects(
        () => run(device, { settings: { ...input.settings, maskedCopies: 2 }, out, resume: true }),
        TrainingError,
        "expected maskedCopies 1.5, with which this run began, but found 2",
      );
      await run(device, { ...input, out, resume: true });
      assertEquals(await modelBytes(out), await modelBytes(whole.out), `${objective}, before step ${k}`);
    }
  }
});

Deno.test("adaptation on raw text with the boundary objective is resumed in the same bytes, too", async () => {
  const device = new CpuDevice();
  const unlabelled = syntheticSentences(8, 3).map(({ words }) => words.join(" "));
  const input = { unlabelled, settings: { ...settings, epochs: 1, boundaryObjective: true } };
  const whole = await run(device, input);
  const adaptation = steps(whole.events).filter(({ phase }) => phase === "adaptation");
  assert(
    adaptation.length > 1 && adaptation.every(({ mlmLoss, taggingLoss }) => mlmLoss > 0 && taggingLoss === 0),
  );
  for (const k of [1, adaptation.length, adaptation.length + 2]) {
    const out = new MemoryStore();
    await runInterruptedAt(device, k, { ...input, out });
    await run(device, { ...input, out, resume: true });
    assertEquals(await modelBytes(out), await modelBytes(whole.out), `stopped before step ${k}`);
  }
});

Deno.test("a tiny model learns names that it has seen", async () => {
  const { result } = await run(new CpuDevice(), {
    training: syntheticSentences(60, 1, 1),
    dev: syntheticSentences(6, 2, 1),
    test: syntheticSentences(20, 4, 1),
    settings: {
      ...settings,
      masking: "none",
      learningRate: 1e-2,
      headLearningRate: 1e-2,
      epochs: 20,
      dropout: false,
    },
  });
  assert(result.test!.strict.micro.f1 > 0.95, `F1 ${result.test!.strict.micro.f1}`);
});

Deno.test("the best model on dev is the one that is saved, and early stopping waits as long as it is told", async () => {
  const { events, result } = await run(new CpuDevice(), {
    settings: { ...settings, learningRate: 0, headLearningRate: 0, epochs: 9, patience: 3, masking: "none" },
  });
  const scores = events.filter((event) => event.type === "evaluation");
  assertEquals(result.status, "stopped");
  assertEquals(result.bestEpoch, 1);
  assertEquals(scores.map(({ best }) => best), [true, false, false, false]);
});

Deno.test("the mean of the weights at the last evaluations is evaluated after them, and kept where it is the best", async () => {
  const short = { ...settings, masking: "none", schedule: "constant", warmup: 0, evaluations: 3 } as const;
  // Dev without an entity keeps whatever comes last.
  const dev = syntheticSentences(4, 2).map(({ words }) => ({ words, tags: words.map(() => "O") }));
  const after = async (maxSteps: number, average: number) => {
    const { out, events, result } = await run(new CpuDevice(), {
      dev,
      settings: { ...short, maxSteps, average },
    });
    const file = await openSafetensors(out, "model.safetensors");
    const values = async (name: string) => toFloat32("F32", await file.read(name));
    const parameters = new Map(
      await Promise.all([...file.tensors.keys()].map(async (name) => [name, await values(name)] as const)),
    );
    return { parameters, result, evaluations: events.filter((event) => event.type === "evaluation") };
  };
  // Evaluated after steps 1, 2 and 3, so what runs of 2 and 3 steps leave are the last two.
  const [second, third] = [await after(2, 0), await after(3, 0)];
  const mean = await after(3, 2);
  for (const [name, values] of mean.parameters) {
    const [a, b] = [second, third].map(({ parameters }) => parameters.get(name)!);
    assertEquals(values, a.map((value, i) => Math.fround(value + b[i]) / 2), name);
  }
  assertEquals(mean.evaluations.map(({ step, averaged }) => [step, averaged]), [
    [1, undefined],
    [2, undefined],
    [3, undefined],
    [3, 2],
  ]);
  assertEquals([mean.result.averaged, third.result.averaged], [2, 0]);
});

Deno.test("a mean that is worse on dev is not kept", async () => {
  // The first evaluation has tags that nobody learnt yet: a mean with it lags behind the last one.
  const { result, events } = await run(new CpuDevice(), {
    settings: {
      ...settings,
      masking: "none",
      learningRate: 1e-2,
      headLearningRate: 1e-2,
      epochs: 6,
      average: 6,
    },
  });
  const scores = events.filter((event) => event.type === "evaluation" && event.split === "dev");
  const mean = scores.at(-1)! as EvaluationEvent;
  assertEquals([mean.averaged, mean.best], [6, false]);
  assertEquals(result.averaged, 0);
  assert(result.devF1 >= mean.report.strict.micro.f1);
});

Deno.test("test is scored with the model that is saved, the best one on dev, and not with the last one", async () => {
  const learnt = syntheticSentences(40, 1, 1);
  // On names with each other's types a tagger gets worse as it learns.
  const swapped = learnt.map(({ words, tags }) => ({
    words,
    tags: tags.map((tag) => tag.replace("LOC", "x").replace("PER", "LOC").replace("x", "PER")),
  }));
  const { result, out } = await run(new CpuDevice(), {
    training: learnt,
    dev: swapped,
    test: learnt,
    settings: { ...settings, masking: "none", learningRate: 1e-2, headLearningRate: 1e-2, epochs: 12 },
  });
  assert(result.bestEpoch < 12, `${result.bestEpoch}`);
  const tagger = await openTagger(new CpuDevice(), out);
  const tagged = await tagSentences(tagger, learnt.map(({ words }) => words));
  const saved = scoreSentences(learnt.map(({ tags }) => tags), tagged.map(({ tags }) => tags));
  assertEquals(result.test!.strict, saved.strict);
});

Deno.test("every step sees the same sentences whatever the masking is, and masked copies come on top", async () => {
  const one = { ...settings, epochs: 1 };
  const plain = steps((await run(new CpuDevice(), { settings: { ...one, masking: "none" } })).events);
  const masked = steps((await run(new CpuDevice(), { settings: { ...one, masking: "span" } })).events);
  assertEquals(plain.length, masked.length);
  assert(masked.every(({ tokens }, i) => tokens >= plain[i].tokens));
  assertEquals(plain.every(({ masked }) => masked.of === 0), true);
});

Deno.test("the realised masked share of a run is 15 %, or what it is set to, over all copies", async () => {
  for (const change of [{ epochs: 12 }, { epochs: 6, maskedShare: 0.3, maskedCopies: 2 }]) {
    const { result } = await run(new CpuDevice(), { settings: { ...settings, ...change } });
    assertAlmostEquals(result.maskedShare, change.maskedShare ?? 0.15, 0.015);
  }
});

Deno.test("evaluation is never masked: its scores do not depend on the masking", async () => {
  const still = { ...settings, learningRate: 0, headLearningRate: 0, epochs: 1 };
  const reports = [];
  for (const masking of ["none", "token", "span"]) {
    const { events } = await run(new CpuDevice(), { settings: { ...still, masking } });
    reports.push(events.find((event) => event.type === "evaluation")?.report);
  }
  assertEquals(reports[0], reports[1]);
  assertEquals(reports[0], reports[2]);
});

Deno.test("accumulating micro-batches gives the step of one batch with all their sentences", async () => {
  const exact = { ...settings, masking: "none", dropout: false, epochs: 1 };
  const single = await run(new CpuDevice(), { settings: { ...exact, batchTokens: 10_000 } });
  const several = await run(new CpuDevice(), { settings: { ...exact, batchTokens: 60, accumulation: 1000 } });
  const [a, b] = [steps(single.events), steps(several.events)];
  assertEquals([a.length, b.length], [1, 1]);
  assertAlmostEquals(a[0].loss, b[0].loss, 1e-6);
});

Deno.test("recomputing activations changes no byte", async () => {
  const kept = await run(new CpuDevice(), { settings: { ...settings, epochs: 1 } });
  const again = await run(new CpuDevice(), { settings: { ...settings, epochs: 1, recompute: true } });
  assertEquals(await modelBytes(again.out), await modelBytes(kept.out));
});

Deno.test("frozen parameters keep every byte, and only the others are counted as trained", async () => {
  const still = await run(new CpuDevice(), {
    settings: { ...settings, maxSteps: 1, learningRate: 0, headLearningRate: 0 },
  });
  const frozen = await run(new CpuDevice(), {
    settings: { ...settings, maxSteps: 4, freezeEmbeddings: true, freezeLayers: 1 },
  });
  const [before, after] = [still, frozen].map(({ out }) => openSafetensors(out, "model.safetensors"));
  let trained = 0;
  for (const name of (await before).tensors.keys()) {
    const values = await (await before).read(name);
    const same = values.every(
      ((bytes) => (byte: number, i: number) => byte === bytes[i])(await (await after).read(name)),
    );
    const isFrozen = /embeddings|layer\.0\./.test(name);
    // A key bias has no gradient but rounding noise, which AdamW makes steps of; it may stay or move.
    if (!name.endsWith("key.bias")) assertEquals(same, isFrozen, name);
    if (!isFrozen) trained += toFloat32("F32", values).length;
  }
  const start = frozen.events.find((event) => event.type === "start")!;
  assertEquals(start.parameters.trainable, trained);
});

Deno.test("a loss that is not finite ends the run with its step, and the last good model stays whole", async () => {
  const out = new MemoryStore();
  const error = await assertRejects(
    () =>
      run(new CpuDevice(), {
        out,
        settings: { ...settings, learningRate: 1e30, headLearningRate: 1e30, epochs: 20 },
      }),
    TrainingError,
    "Expected a finite loss but found",
  );
  assert(/by step \d+: use a lower learningRate/.test(error.message), error.message);
  assert(!(await out.exists("training_state.safetensors")));
});

Deno.test("a last step that ruins the parameters is a loss of the run, and what it left is not saved", async () => {
  const out = new MemoryStore();
  const ruinous = { ...settings, learningRate: 1e30, headLearningRate: 1e30, warmup: 0, batchTokens: 9999 };
  await assertRejects(
    () => run(new CpuDevice(), { out, settings: ruinous }),
    TrainingError,
    "found logits that are not finite by step 1: use a lower learningRate",
  );
  assertEquals(await out.list(""), []);
});

Deno.test("a model that tags everything alike is named as collapsed", async () => {
  const { events } = await run(new CpuDevice(), {
    settings: { ...settings, learningRate: 0.5, headLearningRate: 0.5, maxGradientNorm: 0, masking: "none" },
  });
  const warning = events.find((event) => event.type === "warning");
  assert(warning?.message.endsWith("the tagger has collapsed"), warning?.message);
});

Deno.test("resuming with other settings or other sentences is refused with what differs", async () => {
  const out = new MemoryStore();
  const device = new CpuDevice();
  await runInterruptedAt(device, 3, { settings, out });
  await assertRejects(
    () => run(device, { settings: { ...settings, seed: 2 }, out, resume: true }),
    TrainingError,
    "expected seed 1, with which this run began, but found 2",
  );
  await assertRejects(
    () => run(device, { settings, out, resume: true, training: syntheticSentences(30, 9) }),
    TrainingError,
    "expected the sentences with which this run began but found others",
  );
});

Deno.test("a new run does away with the state of an older one before it replaces the older model", async () => {
  const out = new MemoryStore();
  const device = new CpuDevice();
  await runInterruptedAt(device, 3, { settings, out });
  assert(await out.exists("training_state.safetensors"));
  const failing = hookedStore(out, (operation) => {
    if (operation.kind === "rename" && operation.path.startsWith("model")) throw new CheckpointError("full");
  });
  await assertRejects(
    () => run(device, { settings, out: failing as MemoryStore }),
    CheckpointError,
    "full",
  );
  assert(!(await out.exists("training_state.safetensors")));
});

Deno.test("a state that no training run wrote is refused", async () => {
  const out = new MemoryStore();
  await writeTrainingState(out, "training_state.safetensors", { tensors: [], state: { seeds: [1] } });
  await assertRejects(
    () => run(new CpuDevice(), { settings, out, resume: true }),
    TrainingError,
    "found a state without them: begin without resume",
  );
});

Deno.test("resuming with another model is refused, not done with half of its values", async () => {
  const out = new MemoryStore();
  const device = new CpuDevice();
  await runInterruptedAt(device, 3, { settings, out });
  for (const config of [{ intermediate_size: 20 }, { hidden_dropout_prob: 0.2 }]) {
    await assertRejects(
      () => run(device, { settings, out, resume: true, config }),
      TrainingError,
      "expected the model with which this run began but found one with another config or tokenizer",
    );
  }
});

Deno.test("training sentences without words end in a sentence, not in a search for steps without end", async () => {
  const labels = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"];
  for (const training of [[], [{ words: [], tags: [] }]]) {
    await assertRejects(
      () => run(new CpuDevice(), { training, labels, settings: { maxSteps: 3 } }),
      DataError,
      "Expected training sentences with words",
    );
  }
});

Deno.test("a run that fails gives all its memory back", async () => {
  const device = new CpuDevice();
  const start = { store: await tinyModelStore(), dir: "", scratch: true };
  await assertRejects(
    () => run(device, { start, settings: { learningRate: 1e30, epochs: 20 } }),
    TrainingError,
  );
  assertEquals(device.memory.liveBytes, 0);
  const { out } = await run(device, { settings: { maxSteps: 1 } });
  assertEquals(device.memory.liveBytes, 0);
  const damaged = hookedStore(out, (operation) => {
    if (operation.kind === "read" && operation.start > 20_000) throw new CheckpointError("damaged");
  });
  await assertRejects(
    () => run(device, { start: { store: damaged, dir: "" }, settings: { maxSteps: 1 } }),
    CheckpointError,
    "damaged",
  );
  assertEquals(device.memory.liveBytes, 0);
});

Deno.test("a run without dev sentences is refused before anything is written", async () => {
  const out = new MemoryStore();
  await assertRejects(() => run(new CpuDevice(), { out, dev: [] }), OptionError, "Expected dev sentences");
  assertEquals(await out.list(""), []);
});

Deno.test("with NFC first the saved tokenizer does so, and the start says how many words it does not know", async () => {
  const strange = { words: ["語", "Juma"], tags: ["O", "B-PER"] };
  const normalised = await run(new CpuDevice(), {
    training: [...training, strange],
    settings: { ...settings, maxSteps: 1, normalise: "nfc" },
  });
  const { normalizer } = await readJson(normalised.out, "tokenizer.json") as { normalizer: unknown };
  const { normalizer: before } = tinyJson("wordpiece");
  assertEquals(normalizer, { type: "Sequence", normalizers: [{ type: "NFC" }, before] });
  const start = normalised.events.find((event) => event.type === "start");
  assertEquals(start?.unknownWords.unknown, 1);
  assert(start!.unknownWords.words > 100);
});
