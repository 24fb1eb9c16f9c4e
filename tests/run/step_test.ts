import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { normal } from "../../kernels/reference/proof.ts";
import { parseConfig, readConfig } from "../../src/model/config.ts";
import type { ModelConfig } from "../../src/nn/config.ts";
import { openSafetensors, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { IGNORED } from "../../src/data/packed_batch.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { relativeError } from "../../src/device/run_case.ts";
import { computeLogits } from "../../src/inference/model_logits.ts";
import type { TrainingSequence } from "../../src/masking/objective.ts";
import { Model, type ModelOptions } from "../../src/model/model.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import type { ParameterSpec } from "../../src/nn/specs.ts";
import { Random } from "../../src/random/random.ts";
import { accumulateGradients } from "../../src/run/step.ts";
import { type GoldenSequence, goldenStore, readGolden } from "../golden/golden.ts";
import { referenceLosses } from "./reference_step.ts";

type MicroBatches = readonly (readonly TrainingSequence[])[];

interface StepSettings {
  readonly seed: number;
  readonly step: number;
  readonly lambda: number;
  readonly dropout: boolean;
  readonly recompute: boolean;
}

interface StepResult {
  readonly tagging: number;
  readonly mlm: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

const SETTINGS: StepSettings = { seed: 11, step: 5, lambda: 0.3, dropout: false, recompute: false };

/** Losses of a step and the gradients of what is trained: the only place that knows how a step is run. */
async function runStep(
  model: Model,
  microBatches: MicroBatches,
  settings: Partial<StepSettings> = {},
): Promise<StepResult> {
  const { device, parameters } = model;
  const [tagging, mlm] = [device.allocate("f32", 1), device.allocate("f32", 1)];
  for (const view of [tagging, mlm]) device.clear(view);
  parameters.clearGradients();
  const contributions = microBatches.map((sequences) =>
    sequences.map((sequence) => ({ sequences: [sequence], maskable: 0 }))
  );
  await accumulateGradients(model, contributions, { ...SETTINGS, ...settings, losses: { tagging, mlm } });
  const gradients = new Map<string, Float32Array>();
  for (const { name, trainable } of parameters) {
    if (trainable) gradients.set(name, await parameters.read(name, "gradient"));
  }
  const result = { tagging: (await device.read(tagging))[0], mlm: (await device.read(mlm))[0], gradients };
  for (const view of [tagging, mlm]) device.free(view);
  return result;
}

/**
 * What differs between places differs here: the dropouts, the activations of layers and of a masked-LM head.
 */
const sizes = {
  vocab_size: 29,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 16,
  layer_norm_eps: 1e-3,
  hidden_dropout_prob: 0.2,
  attention_probs_dropout_prob: 0.3,
  id2label: { 0: "B-X", 1: "I-X", 2: "O" },
};
const bert = { ...sizes, model_type: "bert", hidden_act: "gelu_new", classifier_dropout: 0.5 };
const roberta = { ...sizes, model_type: "roberta", hidden_act: "relu", pad_token_id: 1 };

/** A model whose parameters are all random, norms and biases too. */
function tinyModel(device: Device, config: object, options: Partial<ModelOptions> = {}): Model {
  const checked = parseConfig(config, "config.json");
  const model = new Model(device, checked, {
    tagging: tokenClassification.of(checked.id2label),
    maskedLm: true,
    boundary: true,
    group: () => ({ rate: 1, decay: true }),
    ...options,
  });
  [...model.parameters].forEach(({ name, shape: [rows, columns] }, i) => {
    const mean = /norm\.weight$/i.test(name) ? 1 : 0;
    model.parameters.write(name, normal(i, rows * columns, { mean, scale: 0.4 }));
  });
  return model;
}

/** A sequence of random pieces with some tags, and masked spans whose pieces are to be predicted. */
function sequence(
  seed: number,
  { length, labels = {}, spans = [] }: {
    length: number;
    /** Label by row. */
    labels?: Record<number, number>;
    spans?: readonly (readonly [start: number, end: number])[];
  },
): TrainingSequence {
  const random = new Random(seed, "sequence");
  const mlmRows = spans.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
  return {
    ids: Array.from({ length }, () => random.integer(sizes.vocab_size)),
    wordOf: Array.from({ length }, (_, i) => i),
    labelRows: Object.keys(labels).map(Number),
    labels: Object.values(labels),
    words: Object.keys(labels).map(() => undefined),
    mlmRows,
    mlmTargets: mlmRows.map(() => random.integer(sizes.vocab_size)),
    spans: spans.map(([start, end]) => ({ start, end, before: start - 1, after: end })),
  };
}

/** Masked rows 4, 5, none and 1; tagged rows 3, none, 2 and 2. */
const microBatches: MicroBatches = [
  [
    sequence(1, { length: 7, labels: { 1: 0, 3: IGNORED, 4: 2, 5: 1 } }),
    sequence(2, { length: 7, spans: [[1, 4], [5, 6]] }),
  ],
  [sequence(3, { length: 9, spans: [[2, 7]] })],
  [sequence(4, { length: 4, labels: { 1: 2, 2: 2 } }), sequence(5, { length: 3 })],
  [],
  [sequence(6, { length: 5, labels: { 1: 1, 3: 0 }, spans: [[2, 3]] })],
];

const cases = [
  { name: "a BERT with both heads and the boundary objective", config: bert, settings: { dropout: true } },
  {
    name: "a RoBERTa with both heads and the boundary objective, recomputed",
    config: roberta,
    settings: { dropout: true, recompute: true },
  },
  {
    name: "a RoBERTa with the masked-LM head alone, without dropout",
    config: roberta,
    settings: { lambda: 1 },
    options: { tagging: undefined, boundary: false },
    batches: microBatches.map((batch) => batch.map((one) => ({ ...one, labelRows: [], labels: [] }))),
  },
] as const;

const SLOPE_STEP = 1e-5;

/**
 * What the float64 reference says of a step: its losses, and the slope of their sum along a random direction
 * of each parameter.
 */
function reference(
  config: ModelConfig,
  values: ReadonlyMap<string, Float32Array>,
  { batches, settings }: { batches: MicroBatches; settings: StepSettings },
) {
  const parameters = new Map<string, Float64Array>();
  for (const [name, of] of values) parameters.set(name, Float64Array.from(of));
  const lossesWith = (name: string, values: Float64Array) =>
    referenceLosses({
      ...settings,
      config,
      parameters: new Map(parameters).set(name, values),
      microBatches: batches,
    });
  const slopes = [...parameters].map(([name, values]) => {
    const random = new Random(1, "direction", name);
    const direction = values.map(() => random.uniform() < 0.5 ? -1 : 1);
    const along = (step: number) => {
      const { tagging, mlm } = lossesWith(name, values.map((value, i) => value + step * direction[i]));
      return tagging + mlm;
    };
    return { name, direction, slope: (along(SLOPE_STEP) - along(-SLOPE_STEP)) / (2 * SLOPE_STEP) };
  });
  const [[name, unchanged]] = parameters;
  return { losses: lossesWith(name, unchanged), slopes };
}

for (const { name, config, settings, ...rest } of cases) {
  const { options, batches = microBatches }: { options?: Partial<ModelOptions>; batches?: MicroBatches } =
    rest;

  Deno.test(`losses and gradients of a step are the float64 reference's: ${name}`, async () => {
    const model = tinyModel(new CpuDevice(), config, options);
    const values = new Map<string, Float32Array>();
    for (const { name } of model.parameters) values.set(name, await model.parameters.read(name));
    const expected = reference(model.config, values, { batches, settings: { ...SETTINGS, ...settings } });
    const { tagging, mlm, gradients } = await runStep(model, batches, settings);
    assertAlmostEquals(tagging, expected.losses.tagging, 2e-6 * expected.losses.tagging);
    assertAlmostEquals(mlm, expected.losses.mlm, 2e-6 * expected.losses.mlm);
    const norm = (values: Float32Array) => Math.hypot(...values);
    const global = Math.hypot(...[...gradients.values()].map(norm));
    for (const { name, direction, slope } of expected.slopes) {
      const gradient = gradients.get(name)!;
      const found = gradient.reduce((sum, value, i) => sum + value * direction[i], 0);
      assertAlmostEquals(found, slope, 2e-5 * norm(gradient) + 1e-6 * global, name);
    }
  });
}

for (const dir of ["tiny-bert", "tiny-xlm-roberta"]) {
  Deno.test(`the float64 reference has PyTorch's losses of ${dir}, tagging and masked-LM`, async () => {
    const golden = await readGolden(`${dir}.json`);
    const file = await openSafetensors(goldenStore, `${dir}/model.safetensors`);
    const parameters = new Map<string, Float64Array>();
    for (const name of file.tensors.keys()) {
      parameters.set(name, Float64Array.from(toFloat32("F32", await file.read(name))));
    }
    const sequences = golden.sequences.map(({ ids, labels, maskedLabels }: GoldenSequence) => {
      const rowsOf = (labels: number[]) => labels.flatMap((label, row) => label >= 0 ? [row] : []);
      const [labelRows, mlmRows] = [rowsOf(labels), rowsOf(maskedLabels!)];
      const mlmTargets = mlmRows.map((row) => maskedLabels![row]);
      return { ids, labelRows, labels: labelRows.map((row) => labels[row]), mlmRows, mlmTargets };
    });
    const losses = referenceLosses({
      ...SETTINGS,
      lambda: 1,
      config: await readConfig(goldenStore, dir),
      parameters,
      microBatches: [sequences],
    });
    assertAlmostEquals(losses.tagging, golden.tokenClassification.loss, 1e-6);
    assertAlmostEquals(losses.mlm, golden.maskedLm.loss, 1e-6 * golden.maskedLm.loss);
  });
}

/** Two results of a step are the same but for rounding. */
function assertSame(found: StepResult, expected: StepResult): void {
  assertAlmostEquals(found.tagging, expected.tagging, 1e-6 * expected.tagging);
  assertAlmostEquals(found.mlm, expected.mlm, 1e-6 * expected.mlm);
  for (const [name, gradient] of expected.gradients) {
    if (name.endsWith("key.bias")) continue; // zero but for rounding
    const error = relativeError(found.gradients.get(name)!, gradient);
    assert(error < 1e-5, `${name}: ${error}`);
  }
}

Deno.test("a step does not depend on how its sequences are cut into micro-batches, nor on their order", async () => {
  const model = tinyModel(new CpuDevice(), bert);
  const expected = await runStep(model, microBatches);
  assertSame(await runStep(model, [microBatches.flat()]), expected);
  assertSame(await runStep(model, microBatches.toReversed()), expected);
  assertSame(await runStep(model, microBatches.flat().map((one) => [one])), expected);
});

Deno.test("a step in which everything is there twice has the same losses and gradients", async () => {
  const model = tinyModel(new CpuDevice(), roberta);
  const expected = await runStep(model, microBatches);
  assertSame(await runStep(model, microBatches.map((batch) => [...batch, ...batch])), expected);
  assertSame(await runStep(model, [...microBatches, ...microBatches]), expected);
});

Deno.test("what a step of training minimises without dropout is the loss of what the tagger predicts", async () => {
  const model = tinyModel(new CpuDevice(), bert);
  const windows = microBatches.flat().map((one) => ({ ...one, words: [], firstWord: 0 }));
  const logits = new Map();
  await computeLogits(model, windows, { precision: "f32", into: logits });
  let [sum, rows] = [0, 0];
  for (const window of windows) {
    window.labels.forEach((label, i) => {
      if (label === IGNORED) return;
      const row = [...logits.get(window).subarray(i * 3, (i + 1) * 3)];
      sum += Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[label];
      rows++;
    });
  }
  assertAlmostEquals((await runStep(model, microBatches)).tagging, sum / rows, 1e-6);
});

Deno.test("what a step does not use has a gradient of zero, to the last bit", async () => {
  const model = tinyModel(new CpuDevice(), bert);
  const isZero = (gradient: Float32Array) => gradient.every((value) => value === 0);
  const rowsUsed = (gradient: Float32Array) =>
    Array.from({ length: gradient.length / sizes.hidden_size }, (_, row) => row)
      .filter((row) => !isZero(gradient.subarray(row * sizes.hidden_size, (row + 1) * sizes.hidden_size)));
  const unusedIn = async (batch: readonly TrainingSequence[]) => {
    const { gradients } = await runStep(model, [batch], { dropout: true });
    const embeddings = (name: string) =>
      rowsUsed(gradients.get(`bert.embeddings.${name}_embeddings.weight`)!);
    const unused = [...gradients].flatMap(([name, gradient]) => isZero(gradient) ? [name.split(".")[0]] : []);
    return { heads: [...new Set(unused)], embeddings };
  };
  const [tagged, untagged] = microBatches[2];
  const masked = await unusedIn(microBatches[1]);
  assertEquals(masked.heads, ["classifier"]);
  const { heads, embeddings } = await unusedIn([tagged, untagged]);
  assertEquals(heads, ["cls", "span_boundary"]);
  assertEquals(embeddings("token_type"), [0]);
  assertEquals(embeddings("position"), [...tagged.ids.keys()]);
  assertEquals(embeddings("word"), [...new Set(tagged.ids)].sort((a, b) => a - b));
});

Deno.test("what is trained has the same gradients whatever is frozen beside it", async () => {
  const device = new CpuDevice();
  const expected = await runStep(tinyModel(device, bert), microBatches, { dropout: true });
  const groups = [
    (name: string) => !/embeddings|layer\.0/.test(name),
    (name: string) => /embeddings|classifier/.test(name),
    (name: string) => /layer\.0.*(self|LayerNorm)/.test(name),
  ];
  for (const trained of groups) {
    const group = ({ name }: ParameterSpec) => trained(name) ? { rate: 1, decay: true } : undefined;
    const found = await runStep(tinyModel(device, bert, { group }), microBatches, { dropout: true });
    for (const [name, gradient] of found.gradients) {
      assertEquals(gradient, expected.gradients.get(name), name);
    }
    assertEquals([found.tagging, found.mlm], [expected.tagging, expected.mlm]);
  }
});
