import { assert, assertEquals } from "@std/assert";
import { crossEntropy } from "../../src/autograd/ops/cross_entropy.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { parseConfig } from "../../src/model/config.ts";
import { IGNORED, pack } from "../../src/data/packed_batch.ts";
import type { Device } from "../../src/device/device.ts";
import { relativeError } from "../../src/device/run_case.ts";
import { Model } from "../../src/model/model.ts";
import { initialise } from "../../src/nn/initialise.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { Random } from "../../src/random/random.ts";
import { testOnDevices } from "../devices.ts";
import { tinyConfig } from "../fixtures.ts";

const STEP = { seed: 1, step: 0, microBatch: 0 };

async function tinyTagger(device: Device): Promise<Model> {
  const config = parseConfig(tinyConfig, "config.json");
  const group = () => ({ rate: 1, decay: true });
  const model = new Model(device, config, {
    tagging: tokenClassification.of(["O", "B-X", "I-X"]),
    group,
  });
  await initialise(model.parameters, model.specs, { seed: 1, range: 0.5 });
  return model;
}

/** One sequence of seeded ids; every other token carries a label. */
function example(length: number, label: number) {
  const random = new Random(length, "ids");
  const ids = Array.from({ length }, () => random.integer(300));
  const labelRows = [...ids.keys()].filter((row) => row % 2 === 0);
  return { encoded: { ids, labelRows }, labels: labelRows.map(() => label) };
}

async function logitsOf(model: Model, examples: ReturnType<typeof example>[]): Promise<Float32Array> {
  const batch = pack(examples);
  const tape = new Tape(model.device);
  const logits = model.tagging!.logits(tape, model.encoder.forward(tape, batch), batch);
  const values = await model.device.read(logits.view) as Float32Array;
  tape.dispose();
  return values;
}

/** Mean loss over labelled rows and the classifier's gradient, with dropout off. */
async function learn(model: Model, examples: ReturnType<typeof example>[]) {
  const { device, parameters } = model;
  parameters.clearGradients();
  const batch = pack(examples);
  const tape = new Tape(device, { training: STEP, dropout: false });
  const loss = device.allocate("f32", 1);
  device.clear(loss);
  const logits = model.tagging!.logits(tape, model.encoder.forward(tape, batch), batch);
  const labelled = batch.labels.filter((label) => label !== IGNORED).length;
  crossEntropy(tape, logits, { labels: batch.labels, scale: 1 / Math.max(1, labelled), loss });
  tape.backward();
  tape.dispose();
  const gradients = [];
  for (const { name } of parameters) gradients.push(...await parameters.read(name, "gradient"));
  return { loss: (await device.read(loss))[0], gradients };
}

testOnDevices("a packed batch gives the logits of one sentence at a time", async (device) => {
  const model = await tinyTagger(device);
  const examples = [17, 1, 40, 3, 2].map((length) => example(length, 1));
  const packed = await logitsOf(model, examples);
  const single = [];
  for (const one of examples) single.push(...await logitsOf(model, [one]));
  assert(relativeError(packed, single) < 1e-5);
});

testOnDevices("a batch without label rows has no logits, no loss and no gradient", async (device) => {
  const model = await tinyTagger(device);
  const unlabelled = { encoded: { ids: [5, 6, 7], labelRows: [] }, labels: [] };
  assertEquals((await logitsOf(model, [unlabelled])).length, 0);
  const { loss, gradients } = await learn(model, [unlabelled]);
  assertEquals(loss, 0);
  assert(gradients.every((value) => value === 0));
});

testOnDevices("a batch whose labels are all ignored has loss 0 and no gradient", async (device) => {
  const { loss, gradients } = await learn(await tinyTagger(device), [
    example(9, IGNORED),
    example(1, IGNORED),
  ]);
  assertEquals(loss, 0);
  assert(gradients.every((value) => value === 0));
});

testOnDevices("a sequence of one token learns", async (device) => {
  const { loss, gradients } = await learn(await tinyTagger(device), [example(1, 2)]);
  assert(loss > 0 && Number.isFinite(loss));
  assert(gradients.some((value) => value !== 0) && gradients.every(Number.isFinite));
});

testOnDevices("no memory is left over after a step", async (device) => {
  const model = await tinyTagger(device);
  await learn(model, [example(9, 1)]);
  const before = device.memory.liveBytes;
  const batch = pack([example(30, 1), example(20, 2)]);
  const tape = new Tape(device, { training: STEP });
  const loss = device.allocate("f32", 1);
  const logits = model.tagging!.logits(tape, model.encoder.forward(tape, batch), batch);
  crossEntropy(tape, logits, { labels: batch.labels, scale: 1, loss });
  tape.backward();
  tape.dispose();
  device.free(loss);
  assertEquals(device.memory.liveBytes, before);
  await device.flush();
});
