/** A model with golden weights, and what it has to compute. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { RealDType } from "../../kernels/contract.ts";
import { crossEntropy } from "../../src/autograd/ops/cross_entropy.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { PackedBatch } from "../../src/data/packed_batch.ts";
import type { Device, View } from "../../src/device/device.ts";
import { readConfig } from "../../src/model/config.ts";
import type { Model } from "../../src/model/model.ts";
import { openModel } from "../../src/model/open.ts";
import type { HiddenAct } from "../../src/nn/config.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import type { ParameterSpec } from "../../src/nn/specs.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { groupOf, type GroupOptions } from "../../src/optim/groups.ts";
import { rateMultiplier } from "../../src/optim/schedule.ts";
import type { Store } from "../../src/store/store.ts";
import { assertNear, type GoldenSequence, packGolden, readGolden, type Summary } from "./golden.ts";
import { goldenTolerances } from "./tolerances.ts";

const STEP = { seed: 1, step: 0, microBatch: 0 };
/** Whose gradient is zero: a bias of keys adds the same to every score of a query. */
export const KEY_BIAS = /\.(attention\.self\.key|attention\.k_lin)\.bias$/;

/**
 * Of losses in f16; it is a power of two and taken out of the gradients again, so it changes no digit of
 * them.
 */
const LOSS_SCALE = 2 ** 10;

/** A model for training, with every dropout off as in the golden numbers. */
export async function openGolden(
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
export async function taggingLoss(
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
export async function maskedLoss(model: Model, batch: PackedBatch): Promise<number> {
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
export function scalingOf({ device, precision }: Model): View | undefined {
  if (precision === "f32") return undefined;
  const scaling = device.allocate("f32", 3);
  device.upload(scaling, Float32Array.of(LOSS_SCALE, 0, 0));
  return scaling;
}

/** Gradients are PyTorch's once their scale is taken out; the key bias has none, and that is checked. */
export async function assertGradients(
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
    const allowed = (KEY_BIAS.test(name) ? 0 : relative * norm) + noise * golden.gradientNorm;
    assertNear(gradient, golden.gradients[name], { allowed, name: `gradient of ${name}` });
  }
  assertAlmostEquals(Math.sqrt(squares) / golden.gradientNorm, 1, gradientNorm);
}

/** Ten steps of AdamW on the golden batches; losses and, at the end, parameters have to be PyTorch's. */
export async function assertTraining(model: Model, golden: {
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
    if (KEY_BIAS.test(name)) continue;
    const allowed = tolerances.parameters * training.parameters[name].norm;
    assertNear(await model.parameters.read(name), training.parameters[name], { allowed, name });
  }
  optimizer.free();
}
