/** Whole models against PyTorch + transformers; tests/golden/README.md says how the numbers were made. */

import { assert, assertAlmostEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { linear } from "../../src/autograd/ops/linear.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { openSafetensors, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { relativeError } from "../../src/device/run_case.ts";
import type { BertEncoder } from "../../src/nn/families/bert.ts";
import { boundsOf } from "../../src/nn/sequence_bounds.ts";
import { familyOf } from "../../src/nn/families/registry.ts";
import { testInHalf, testOnDevices } from "../devices.ts";
import { assertNear, formulaHead, goldenStore, packGolden, readGolden } from "../golden/golden.ts";
import {
  assertGradients,
  assertTraining,
  maskedLoss,
  openGolden,
  scalingOf,
  taggingLoss,
} from "../golden/golden_model.ts";
import { goldenTolerances } from "../golden/tolerances.ts";

/** What is tested in every precision, and where. */
const precisions = [{ precision: "f32", test: testOnDevices }, {
  precision: "f16",
  test: testInHalf,
}] as const;

const tinyRuns = precisions.flatMap((run) =>
  ["tiny-bert", "tiny-xlm-roberta"].map((dir) => ({ ...run, dir }))
);
for (const { dir, precision, test } of tinyRuns) {
  const tolerances = goldenTolerances[precision];

  test(`${dir}: hidden states, logits, loss and gradients are PyTorch's`, async (device) => {
    const golden = await readGolden(`${dir}.json`);
    const tensors = await openSafetensors(goldenStore, `${dir}.safetensors`);
    const read = async (name: string) => toFloat32("F32", await tensors.read(name));
    const model = await openGolden(device, goldenStore, { dir, precision });
    const batch = packGolden(golden.sequences);
    const encoder = model.encoder as BertEncoder;

    const tape = new Tape(device, { precision });
    const bounds = boundsOf(tape, batch);
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
    const model = await openGolden(device, goldenStore, { dir, maskedLm: true, precision });
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
        await openGolden(device, goldenStore, { dir, groups, precision }),
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
  const model = await openGolden(device, goldenStore, { dir: "tiny-bert", groups });
  await assertTraining(model, { ...golden, training });
});

for (const hiddenAct of ["gelu_new", "relu"] as const) {
  testOnDevices(`tiny-bert with ${hiddenAct}: loss and gradients are PyTorch's`, async (device) => {
    const golden = await readGolden("tiny-bert.json");
    const model = await openGolden(device, goldenStore, {
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
    const tagger = await openGolden(device, goldenStore, { dir });
    const batch = packGolden(sequences);
    const tape = new Tape(device);
    const everyRow = { ...batch, labelRows: Uint32Array.from(batch.ids.keys()) };
    const logits = tagger.tagging!.logits(tape, tagger.encoder.forward(tape, batch), everyRow);
    const allowed = tolerances.outputs * tokenClassification.logits.norm;
    assertNear(await device.read(logits.view), tokenClassification.logits, { allowed, name: "logits" });
    tape.dispose();
    assertAlmostEquals(await taggingLoss(tagger, batch, {}), tokenClassification.loss, tolerances.loss);
    await assertGradients(tagger, tokenClassification);

    const model = await openGolden(device, goldenStore, { dir, maskedLm: true });
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
    const model = await openGolden(device, new DenoStore(fromFileUrl(e5)), {
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
