/** Whole models against PyTorch + transformers; tests/golden/README.md says how the numbers were made. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { RealDType } from "../../kernels/contract.ts";
import { linear } from "../../src/autograd/ops/linear.ts";
import { crossEntropy } from "../../src/autograd/ops/cross_entropy.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { readConfig } from "../../src/model/config.ts";
import type { HiddenAct } from "../../src/nn/config.ts";
import { openSafetensors, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import type { PackedBatch } from "../../src/data/packed_batch.ts";
import type { Device, View } from "../../src/device/device.ts";
import { relativeError } from "../../src/device/run_case.ts";
import type { Model } from "../../src/model/model.ts";
import { openModel } from "../../src/model/open.ts";
import type { BertEncoder } from "../../src/nn/families/bert.ts";
import { familyOf } from "../../src/nn/families/registry.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import type { ParameterSpec } from "../../src/nn/specs.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { groupOf, type GroupOptions } from "../../src/optim/groups.ts";
import { rateMultiplier } from "../../src/optim/schedule.ts";
import type { Store } from "../../src/store/store.ts";
import { testInHalf, testOnDevices } from "../devices.ts";
import {
  assertNear,
  formulaHead,
  type GoldenSequence,
  goldenStore,
  packGolden,
  readGolden,
  type Summary,
} from "../golden/golden.ts";
import { goldenTolerances } from "../golden/tolerances.ts";

const STEP = { seed: 1, step: 0, microBatch: 0 };
const KEY_BIAS = "attention.self.key.bias";

/** Of losses in f16; it is a power of two and taken out of the gradients again, so it changes no digit of them. */
const LOSS_SCALE = 2 ** 10;

/** What is tested in every precision, and where. */
const precisions = [{ precision: "f32", test: testOnDevices }, {
  precision: "f16",
  test: testInHalf,
}] as const;

/** A model for training, with every dropout off as in the golden numbers. */
async function open(
  device: Device,
  store: Store,
  { dir, maskedLm = false, hiddenAct, groups, precision = "f32" }: {
    dir: string;
    /** A masked-LM head in place of a tagging head. */
    maskedLm?: boolean;
    hiddenAct?: HiddenAct;
    groups?: Partial<GroupOptions>;
    precision?: RealDType;
  },
): Promise<Model> {
  const config = {
    ...await readConfig(store, dir),
    hiddenDropoutProb: 0,
    attentionProbsDropoutProb: 0,
    classifierDropout: 0,
    ...(hiddenAct && { hiddenAct }),
  };
  const group = (spec: ParameterSpec) =>
    groupOf(spec, { numHiddenLayers: config.numHiddenLayers, ...groups });
  // e5-small-trim has no head of its own; its labels are those that the golden script chose.
  const labels = config.numLabels > 0
    ? config.id2label
    : (await readGolden(`${dir || "e5-small-trim"}.json`)).tags;
  const { model } = await openModel(device, store, {
    dir,
    config,
    seed: 1,
    ...(maskedLm ? { maskedLm } : { tagging: tokenClassification.of(labels) }),
    group,
    precision,
  });
  return model;
}

/** Mean tagging loss over the labelled rows of a batch, after forward and backward. */
async function taggingLoss(
  model: Model,
  batch: PackedBatch,
  { scaling }: { scaling?: View },
): Promise<number> {
  const { device, precision } = model;
  const tape = new Tape(device, { training: STEP, precision });
  const loss = device.allocate("f32", 1);
  device.clear(loss);
  const logits = model.tagging!.logits(tape, model.encoder.forward(tape, batch), batch);
  crossEntropy(tape, logits, { labels: batch.labels, scale: 1 / batch.labels.length, loss, scaling });
  tape.backward();
  tape.dispose();
  const [value] = await device.read(loss);
  device.free(loss);
  return value;
}

/** Mean loss of the pieces at the label rows of a batch, after forward and backward. */
async function maskedLoss(model: Model, batch: PackedBatch): Promise<number> {
  const { device, precision } = model;
  const { labelRows: rows, labels } = batch;
  const tape = new Tape(device, { training: STEP, precision });
  const loss = device.allocate("f32", 1);
  device.clear(loss);
  const masked = { rows, labels, left: rows, right: rows, places: rows };
  model.maskedLm!.loss(
    tape,
    model.encoder.forward(tape, batch),
    { ...batch, masked, unmaskedIds: batch.ids },
    {
      scale: 1 / labels.length,
      loss,
      scaling: scalingOf(model),
    },
  );
  tape.backward();
  tape.dispose();
  const [value] = await device.read(loss);
  device.free(loss);
  return value;
}

/** What scales the losses of a model in f16, outside of training. */
function scalingOf({ device, precision }: Model): View | undefined {
  if (precision === "f32") return undefined;
  const scaling = device.allocate("f32", 3);
  device.upload(scaling, Float32Array.of(LOSS_SCALE, 0, 0));
  return scaling;
}

/** Gradients are PyTorch's once their scale is taken out; the key bias has none, and that is checked. */
async function assertGradients(
  model: Model,
  golden: { gradients: Record<string, Summary>; gradientNorm: number },
): Promise<void> {
  const { gradient: relative, noise, gradientNorm } = goldenTolerances[model.precision];
  const scale = model.precision === "f16" ? LOSS_SCALE : 1;
  let squares = 0;
  for (const { name } of model.parameters) {
    const gradient = (await model.parameters.read(name, "gradient")).map((value) => value / scale);
    for (const value of gradient) squares += value * value;
    const norm = golden.gradients[name].norm;
    const allowed = (name.endsWith(KEY_BIAS) ? 0 : relative * norm) + noise * golden.gradientNorm;
    assertNear(gradient, golden.gradients[name], { allowed, name: `gradient of ${name}` });
  }
  assertAlmostEquals(Math.sqrt(squares) / golden.gradientNorm, 1, gradientNorm);
}

/** Ten steps of AdamW on the golden batches; losses and, at the end, parameters have to be PyTorch's. */
async function assertTraining(model: Model, golden: {
  // deno-lint-ignore no-explicit-any -- the shape is described in tests/golden/README.md
  training: any;
  sequences: GoldenSequence[];
  batches: number[][];
}): Promise<void> {
  const { training, sequences, batches } = golden;
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradientNorm, warmupSteps } =
    training.settings;
  const tolerances = goldenTolerances[model.precision];
  const optimizer = new AdamW(model.device, model.parameters, {
    beta1,
    beta2,
    epsilon,
    weightDecay,
    maxGradientNorm,
    lossScale: model.precision === "f16" ? LOSS_SCALE : undefined,
  });
  for (const [step, batch] of batches.entries()) {
    const loss = await taggingLoss(model, packGolden(batch.map((i) => sequences[i])), optimizer);
    const expected = training.losses[step];
    assertAlmostEquals(loss, expected, tolerances.training.loss * Math.max(1, expected));
    const multiplier = rateMultiplier("linear", step, { warmupSteps, totalSteps: batches.length });
    assertAlmostEquals(multiplier, training.multipliers[step], 1e-12);
    optimizer.step(step + 1, learningRate * multiplier);
    const { norm, skipped, overflows } = await optimizer.state();
    assertAlmostEquals(norm / training.gradientNorms[step], 1, tolerances.training.gradientNorm);
    assertEquals([skipped, overflows], [0, 0]);
  }
  for (const { name } of model.parameters) {
    if (name.endsWith(KEY_BIAS)) continue;
    const allowed = tolerances.parameters * training.parameters[name].norm;
    assertNear(await model.parameters.read(name), training.parameters[name], { allowed, name });
  }
  optimizer.free();
}

const tinyRuns = precisions.flatMap((run) =>
  ["tiny-bert", "tiny-xlm-roberta"].map((dir) => ({ ...run, dir }))
);
for (const { dir, precision, test } of tinyRuns) {
  const tolerances = goldenTolerances[precision];

  test(`${dir}: hidden states, logits, loss and gradients are PyTorch's`, async (device) => {
    const golden = await readGolden(`${dir}.json`);
    const tensors = await openSafetensors(goldenStore, `${dir}.safetensors`);
    const read = async (name: string) => toFloat32("F32", await tensors.read(name));
    const model = await open(device, goldenStore, { dir, precision });
    const batch = packGolden(golden.sequences);
    const encoder = model.encoder as BertEncoder;

    const tape = new Tape(device, { precision });
    const bounds = encoder.bounds(tape, batch);
    let hidden = encoder.embeddings(tape, batch);
    for (let index = 0; index <= model.config.numHiddenLayers; index++) {
      if (index > 0) hidden = encoder.layer(tape, hidden, { index: index - 1, bounds });
      const error = relativeError(
        Float32Array.from(await device.read(hidden.view)),
        await read(`hidden.${index}`),
      );
      assert(error <= tolerances.outputs, `hidden ${index}: ${error}`);
    }
    const everyRow = { ...batch, labelRows: Uint32Array.from(batch.ids.keys()) };
    const logits = model.tagging!.logits(tape, hidden, everyRow);
    const error = relativeError(await device.read(logits.view) as Float32Array, await read("logits"));
    assert(error <= tolerances.outputs, `logits: ${error}`);
    tape.dispose();

    const loss = await taggingLoss(model, batch, { scaling: scalingOf(model) });
    assertAlmostEquals(loss, golden.tokenClassification.loss, tolerances.loss);
    await assertGradients(model, golden.tokenClassification);
  });

  test(`${dir}: the masked-LM head with its tied decoder is PyTorch's`, async (device) => {
    const { maskedLm, sequences } = await readGolden(`${dir}.json`);
    const model = await open(device, goldenStore, { dir, maskedLm: true, precision });
    const batch = packGolden(sequences, "maskedLabels");

    const inference = new Tape(device, { precision });
    const transformed = model.maskedLm!.transform(
      inference,
      model.encoder.forward(inference, batch),
      batch.labelRows,
    );
    const bias = model.parameters.get(familyOf(model.config).maskedLm.bias);
    const logits = linear(inference, transformed, {
      weight: model.encoder.wordEmbeddings,
      bias,
      logits: true,
    });
    const allowed = tolerances.outputs * maskedLm.logits.norm;
    assertNear(await device.read(logits.view), maskedLm.logits, { allowed, name: "logits" });
    inference.dispose();

    assertAlmostEquals(
      await maskedLoss(model, batch),
      maskedLm.loss,
      tolerances.loss * maskedLm.loss,
    );
    await assertGradients(model, maskedLm);
  });

  test(
    `${dir}: ten AdamW steps with warmup, clipping and decay groups are PyTorch's`,
    async (device) => {
      const golden = await readGolden(`${dir}.json`);
      const groups = { headMultiplier: golden.training.settings.headMultiplier };
      await assertTraining(
        await open(device, goldenStore, { dir, groups, precision }),
        golden,
      );
    },
  );
}

testOnDevices("tiny-bert: ten steps with layer-wise learning-rate decay are PyTorch's", async (device) => {
  const golden = await readGolden("tiny-bert.json");
  const training = golden.trainingWithLayerDecay;
  const { headMultiplier, layerDecay } = training.settings;
  const groups = { headMultiplier, layerDecay };
  const model = await open(device, goldenStore, { dir: "tiny-bert", groups });
  await assertTraining(model, { ...golden, training });
});

for (const hiddenAct of ["gelu_new", "relu"] as const) {
  testOnDevices(`tiny-bert with ${hiddenAct}: loss and gradients are PyTorch's`, async (device) => {
    const golden = await readGolden("tiny-bert.json");
    const model = await open(device, goldenStore, {
      dir: "tiny-bert",

      hiddenAct,
    });
    assertAlmostEquals(
      await taggingLoss(model, packGolden(golden.sequences), {}),
      golden[hiddenAct].loss,
      1e-5,
    );
    await assertGradients(model, golden[hiddenAct]);
  });
}

for (const dir of ["tiny-camembert", "tiny-data2vec-text", "tiny-ernie", "tiny-ernie-tasks"]) {
  testOnDevices(`${dir}: logits, loss and gradients of both heads are PyTorch's`, async (device) => {
    const { sequences, tokenClassification, maskedLm } = await readGolden(`${dir}.json`);
    const tolerances = goldenTolerances.f32;
    const tagger = await open(device, goldenStore, { dir });
    const batch = packGolden(sequences);
    const tape = new Tape(device);
    const everyRow = { ...batch, labelRows: Uint32Array.from(batch.ids.keys()) };
    const logits = tagger.tagging!.logits(tape, tagger.encoder.forward(tape, batch), everyRow);
    const allowed = tolerances.outputs * tokenClassification.logits.norm;
    assertNear(await device.read(logits.view), tokenClassification.logits, { allowed, name: "logits" });
    tape.dispose();
    assertAlmostEquals(await taggingLoss(tagger, batch, {}), tokenClassification.loss, tolerances.loss);
    await assertGradients(tagger, tokenClassification);

    const model = await open(device, goldenStore, { dir, maskedLm: true });
    const loss = await maskedLoss(model, packGolden(sequences, "maskedLabels"));
    assertAlmostEquals(loss, maskedLm.loss, tolerances.loss * maskedLm.loss);
    await assertGradients(model, maskedLm);
  });
}

const e5 = new URL("../../../shared/checkpoints/e5-small-trim/", import.meta.url);
const noE5 = await Deno.stat(e5).then(() => false, () => true);

testOnDevices(
  "e5-small-trim: logits, loss, gradients and ten AdamW steps are PyTorch's (needs shared/checkpoints)",
  async (device) => {
    const golden = await readGolden("e5-small-trim.json");
    const groups = { headMultiplier: golden.training.settings.headMultiplier };
    const model = await open(device, new DenoStore(fromFileUrl(e5)), {
      dir: "",

      groups,
    });
    const { parameters, config } = model;
    parameters.write("classifier.weight", formulaHead(model.labels.length * config.hiddenSize, 100));
    parameters.write("classifier.bias", formulaHead(model.labels.length, 101));
    const batch = packGolden(golden.sequences);

    const tape = new Tape(device);
    const hidden = model.encoder.forward(tape, batch);
    const last = golden.hidden.at(-1);
    assertNear(await device.read(hidden.view), last, { allowed: 1e-4 * last.norm, name: "hidden" });
    const everyRow = { ...batch, labelRows: Uint32Array.from(batch.ids.keys()) };
    const logits = model.tagging!.logits(tape, hidden, everyRow);
    const error = relativeError(await device.read(logits.view) as Float32Array, golden.logits.flat());
    assert(error <= 1e-4, `logits: ${error}`);
    tape.dispose();

    assertAlmostEquals(await taggingLoss(model, batch, {}), golden.loss, 1e-5);
    await assertGradients(model, golden);
    parameters.clearGradients();
    await assertTraining(model, golden);
  },
  { ignore: noE5 },
);
