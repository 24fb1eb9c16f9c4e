/** What the settings of a run say arrives in its steps: rates, decay, clipping, lambda, dropout. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openSafetensors, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { StepEvent } from "../../src/training/events.ts";
import { defaultSettings, type TrainingSettings } from "../../src/training/settings.ts";
import { train } from "../../src/training/trainer.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { tinyMaskedLmStore } from "../tiny_masked_lm.ts";
import { NotingDevice } from "./noting_device.ts";

const raw = syntheticSentences(6, 3).map(({ words }) => words.join(" "));

/** A run of one step of tagging, after an adaptation where there is raw text: its parameters and steps. */
async function run(
  settings: Partial<TrainingSettings>,
  { device = new CpuDevice(), unlabelled }: { device?: CpuDevice; unlabelled?: string[] } = {},
) {
  const steps: StepEvent[] = [];
  const store = new MemoryStore();
  await train({
    device,
    // Weights so large that every bias has a gradient far above AdamW's epsilon.
    start: { store: await tinyModelStore({ initializer_range: 0.2 }), dir: "", scratch: true },
    out: { store, dir: "" },
    training: syntheticSentences(10),
    dev: syntheticSentences(3, 2),
    unlabelled,
    settings: { masking: "none", schedule: "constant", warmup: 0, weightDecay: 0, maxSteps: 1, ...settings },
    onEvent: (event) => void (event.type === "step" && steps.push(event)),
  });
  const file = await openSafetensors(store, "model.safetensors");
  const parameters = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) parameters.set(name, toFloat32("F32", await file.read(name)));
  return { parameters, steps };
}

const still = { learningRate: 0, headLearningRate: 0 };
const rates = { learningRate: 1e-3, headLearningRate: 5e-3 };

/** How far the element of a parameter that moved most went from one run to another. */
function farthest(to: Float32Array, from: Float32Array): number {
  return Math.max(...to.map((value, i) => Math.abs(value - from[i])));
}

/** Biases that have a gradient: AdamW's first step moves each by its rate, whatever the gradient is. */
const biases = (parameters: ReadonlyMap<string, Float32Array>) =>
  [...parameters.keys()].filter((name) => name.endsWith("bias") && !name.endsWith("key.bias"));

/** The rate of a parameter where each of the two layers has half the rate of what is above it. */
function rateOf(name: string): number {
  if (name.startsWith("classifier")) return 5e-3;
  return 1e-3 * (name.includes("layer.1") ? 1 : name.includes("layer.0") ? 0.5 : 0.25);
}

Deno.test("a run from scratch begins with weights as far around 0 as config.json says, norms of 1 and biases of 0", async () => {
  const { parameters } = await run(still);
  for (const [name, values] of parameters) {
    const expected = name.endsWith("bias") ? 0 : /LayerNorm/.test(name) ? 1 : undefined;
    if (expected !== undefined) assert(values.every((value) => value === expected), name);
    else {assertAlmostEquals(
        Math.hypot(...values) / Math.sqrt(values.length),
        0.2,
        0.8 / Math.sqrt(values.length),
        name,
      );}
  }
});

Deno.test("the first step moves the head by its rate, the top layer by the run's, and what is below by ever less", async () => {
  const before = (await run(still)).parameters;
  const { parameters } = await run({ ...rates, layerDecay: 0.5 });
  assertEquals(biases(parameters).length, 16);
  for (const name of biases(parameters)) {
    assertAlmostEquals(farthest(parameters.get(name)!, before.get(name)!), rateOf(name), 1e-5, name);
  }
});

Deno.test("the decay of a run takes its share of weights and tables, and nothing of biases and norms", async () => {
  const before = (await run(still)).parameters;
  const plain = (await run(rates)).parameters;
  const decayed = (await run({ ...rates, weightDecay: 0.5 })).parameters;
  for (const [name, values] of decayed) {
    const share = /bias|LayerNorm/.test(name) ? 0 : 0.5 * (name.startsWith("classifier") ? 5e-3 : 1e-3);
    const lost = plain.get(name)!.map((value, i) => value - values[i]);
    assert(farthest(lost, before.get(name)!.map((value) => share * value)) < 1e-7, name);
  }
});

Deno.test("gradients are clipped to the norm of the run: to one below AdamW's epsilon, and nothing moves", async () => {
  const before = (await run(still)).parameters;
  const clipped = (await run({ ...rates, maxGradientNorm: 1e-11 })).parameters;
  for (const name of biases(clipped)) {
    assert(farthest(clipped.get(name)!, before.get(name)!) < 1e-2 * rateOf(name), name);
  }
});

Deno.test("tagging begins with moments of its own: after an adaptation, too, its first step moves all by their rates", async () => {
  const layerDecay = 0.5;
  // The same adaptation, whose rates depend on the quotient of these.
  const hardlyMoving = { learningRate: 1e-9, headLearningRate: 5e-9, layerDecay };
  const after = (await run(hardlyMoving, { unlabelled: raw })).parameters;
  const { parameters, steps } = await run({ ...rates, layerDecay }, { unlabelled: raw });
  assertEquals([steps[0].phase, steps.at(-1)!.phase], ["adaptation", "tagging"]);
  for (const name of biases(parameters)) {
    assertAlmostEquals(farthest(parameters.get(name)!, after.get(name)!), rateOf(name), 1e-5, name);
  }
});

Deno.test("lambda weighs the masked-LM loss of tagging, and not that of an adaptation", async () => {
  const joint = { ...still, masking: "span", objective: "joint", maskedCopies: 1, annealFrom: 1 } as const;
  const losses = async (lambda: number) => {
    const { steps } = await run({ ...joint, adaptationLearningRate: 0, lambda }, { unlabelled: raw });
    return Map.groupBy(steps, ({ phase }) => phase);
  };
  const [low, high] = [await losses(0.2), await losses(0.8)];
  assertEquals(
    high.get("adaptation")!.map(({ loss }) => loss),
    low.get("adaptation")!.map(({ loss }) => loss),
  );
  const [a, b] = [low.get("tagging")![0], high.get("tagging")![0]];
  assertAlmostEquals(b.mlmLoss / a.mlmLoss, 4, 1e-5);
  assertEquals(b.taggingLoss, a.taggingLoss);
});

Deno.test("no two steps of a run draw the same dropout, those of different phases neither", async () => {
  const device = new NotingDevice();
  const { steps } = await run({ maxSteps: 3, adaptationEpochs: 2 }, { device, unlabelled: raw });
  // A step of adaptation in which nothing is masked computes nothing.
  const drawn = steps.filter(({ phase, masked }) => phase === "tagging" || masked.tokens > 0);
  assert(drawn.length > 4);
  assertEquals(device.dropoutSteps.size, drawn.length);
});

/** Another value of each setting, and whether an adaptation before the tagging is to change with it. */
const others: Partial<
  { [Name in keyof TrainingSettings]: [value: TrainingSettings[Name], adaptation: boolean] }
> = {
  masking: ["token", false],
  objective: ["corrupt", false],
  maskedCopies: [2.5, false],
  maskedShare: [0.4, true],
  maskFrom: [0.5, false],
  annealFrom: [0, false],
  lambda: [0.9, false],
  lambdaWarmup: [1, false],
  epochs: [3, false],
  maxSteps: [2, false],
  batchTokens: [90, true],
  accumulation: [2, true],
  learningRate: [2e-3, true], // by the quotient of the heads' rate
  headLearningRate: [1e-2, true],
  layerDecay: [0.5, true],
  schedule: ["cosine", true],
  warmup: [0.7, true],
  weightDecay: [0.9, true],
  maxGradientNorm: [1e-9, true],
  freezeEmbeddings: [true, true],
  freezeLayers: [1, true],
  dropout: [false, true],
  evaluations: [1, false],
  average: [2, false],
  adaptationEpochs: [2, true],
  adaptationLearningRate: [5e-3, true],
  boundaryObjective: [false, true],
  seed: [2, true],
};

/** What has tests of its own, and shows in other ways or on other runs. */
const elsewhere = [
  "head",
  "features",
  "normalise",
  "patience",
  "augmentation",
  "augmentationEpochs",
  "recompute",
  "precision",
];

Deno.test("every setting arrives in the steps of a run, in those of its adaptation where it concerns them, and in no others", async () => {
  const names = [...Object.keys(others), ...elsewhere].toSorted();
  assertEquals(names, Object.keys(defaultSettings).toSorted());
  const stepsOf = async (settings: Partial<TrainingSettings>) => {
    const device = new CpuDevice();
    const steps: StepEvent[] = [];
    let evaluations = 0;
    await train({
      device,
      start: { store: await tinyModelStore(), dir: "", scratch: true },
      out: { store: new MemoryStore(), dir: "" },
      training: syntheticSentences(12),
      dev: syntheticSentences(2, 2),
      unlabelled: syntheticSentences(14, 3).map(({ words }) => words.join(" ")),
      settings: {
        ...rates,
        objective: "joint",
        maskedCopies: 1.5,
        annealFrom: 1,
        batchTokens: 60,
        epochs: 2,
        evaluations: 2,
        adaptationLearningRate: 1e-3,
        boundaryObjective: true,
        ...settings,
      },
      onEvent(event) {
        if (event.type === "step") steps.push(event);
        if (event.type === "evaluation") evaluations++;
      },
    });
    const tell = (phase: string) =>
      JSON.stringify(
        steps.filter((step) => step.phase === phase).map(({ step: _, totalSteps: __, ...step }) => step),
      );
    return { adaptation: tell("adaptation"), tagging: `${tell("tagging")} ${evaluations} evaluations` };
  };
  const base = await stepsOf({});
  assertEquals(await stepsOf({}), base);
  for (const [name, [value, adaptation]] of Object.entries(others)) {
    const changed = await stepsOf({ [name]: value });
    assert(changed.tagging !== base.tagging, `${name} changes no step of tagging`);
    assertEquals(
      changed.adaptation !== base.adaptation,
      adaptation,
      `${name} and the steps of the adaptation`,
    );
  }
});

Deno.test("a head that the checkpoint lacks begins as far around 0 as config.json says, and otherwise with another seed", async () => {
  const start = { store: await tinyMaskedLmStore(), dir: "" };
  const headOf = async (seed: number) => {
    const store = new MemoryStore();
    await train({
      device: new CpuDevice(),
      start,
      out: { store, dir: "" },
      training: syntheticSentences(4),
      dev: syntheticSentences(2, 2),
      settings: { ...still, masking: "none", maxSteps: 1, seed },
    });
    const file = await openSafetensors(store, "model.safetensors");
    return toFloat32("F32", await file.read("classifier.weight"));
  };
  const [one, two] = [await headOf(1), await headOf(2)];
  assertAlmostEquals(Math.hypot(...one) / Math.sqrt(one.length), 0.02, 0.005);
  assert(farthest(one, two) > 0.01);
});
