import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FORBIDDEN } from "../../../kernels/crf.ts";
import { normal } from "../../../kernels/reference/proof.ts";
import { Tape } from "../../../src/autograd/tape.ts";
import { openSafetensors, toFloat32 } from "../../../src/checkpoint/safetensors.ts";
import { IGNORED } from "../../../src/data/packed_batch.ts";
import { packTraining, type TrainingExample } from "../../../src/data/training_batch.ts";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { CheckpointError } from "../../../src/errors.ts";
import type { Device } from "../../../src/device/device.ts";
import { scoreSentences } from "../../../src/evaluation/scores.ts";
import { tagAndCalibrate } from "../../../src/inference/evaluate.ts";
import { openTagger, tagSentences } from "../../../src/inference/tagger.ts";
import { parseConfig } from "../../../src/model/config.ts";
import { Model } from "../../../src/model/model.ts";
import { linearChain } from "../../../src/nn/heads/linear_chain.ts";
import { initialise } from "../../../src/nn/initialise.ts";
import { MemoryStore } from "../../../src/store/memory_store.ts";
import { readText, writeText } from "../../../src/store/store.ts";
import type { TrainingInput } from "../../../src/training/input.ts";
import { train } from "../../../src/training/trainer.ts";
import { testOnDevices } from "../../devices.ts";
import { syntheticSentences, tinyConfig, tinyModelStore } from "../../fixtures.ts";
import { tinyRun } from "../../training/tiny_run.ts";

const labels = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"];
const [BLOC, BPER, ILOC, IPER, O] = labels.keys();
const scoreNames = ["crf.transitions", "crf.start_transitions", "crf.end_transitions"];

/** A sequence whose second token is its first label row. */
function example(own: readonly number[]): TrainingExample {
  const rows = own.map((_, i) => i + 1);
  return {
    ids: [0, ...rows, 0],
    labelRows: rows,
    labels: own,
    words: rows.map(() => undefined),
    mlmRows: [],
    mlmTargets: [],
    spans: [],
  };
}

/**
 * A name cut in two, a masked copy without labels, a word that another window has, and an I- that continues
 * nothing.
 */
const examples = [[O, BPER, IPER, O], [], [BLOC, IGNORED, O], [IPER, O, ILOC, ILOC, BPER]].map(example);

/** A model whose chain has learnt something. */
async function chainModel(device: Device): Promise<Model> {
  const config = parseConfig({ ...tinyConfig, hidden_dropout_prob: 0 }, "config.json");
  const model = new Model(device, config, {
    tagging: linearChain.of(labels),
    group: () => ({ rate: 1, decay: false }),
  });
  await initialise(model.parameters, model.specs, { seed: 1, range: 0.5 });
  for (const [i, name] of scoreNames.entries()) {
    const scores = await model.parameters.read(name);
    const learnt = normal(i, scores.length);
    model.parameters.write(name, scores.map((score, at) => score <= FORBIDDEN ? score : learnt[at]));
  }
  return model;
}

testOnDevices(
  "the loss of a batch is that of its sentences in float64, and gradients are its slopes",
  async (device) => {
    const model = await chainModel(device);
    const { config: { hiddenSize }, parameters } = model;
    const head = model.tagging!;
    const batch = packTraining(examples);
    const rows = head.rows(batch);
    assertEquals(rows, 11);
    parameters.clearGradients();
    const loss = device.allocate("f32", 1);
    device.clear(loss);
    const tape = new Tape(device, { training: { seed: 1, step: 1, microBatch: 0 } });
    const hidden = tape.tensor([batch.ids.length, hiddenSize], [{ trainable: true }]);
    device.upload(hidden.view, normal(9, batch.ids.length * hiddenSize));
    const reading = device.read(head.logits(tape, hidden, batch).view);
    head.loss(tape, hidden, batch, { scale: 1 / rows, loss });
    tape.backward();
    tape.dispose();
    const logits = await reading as Float32Array;

    const lossOf = async () => {
      const decoder = await head.decoder({});
      let [sum, row] = [0, 0];
      for (const { labels: own } of examples) {
        const ofSentence = logits.subarray(row * labels.length, (row + own.length) * labels.length);
        // What the decoder takes for unknown: an I- that continues nothing.
        const gold = own.map((label, i) =>
          label === IGNORED ? own[i - 1] === BLOC ? "I-PER" : "" : labels[label]
        );
        if (own.length > 0) sum += decoder.loss(ofSentence, gold);
        row += own.length;
      }
      return sum / rows;
    };
    assertAlmostEquals((await device.read(loss))[0], await lossOf(), 1e-5);
    for (const name of scoreNames) {
      const [scores, gradient] = [await parameters.read(name), await parameters.read(name, "gradient")];
      for (const [i, score] of scores.entries()) {
        if (score <= FORBIDDEN) {
          assertEquals(gradient[i], 0, `${name} ${i}`);
          continue;
        }
        const at = async (step: number) => {
          parameters.write(name, scores.with(i, score + step));
          return await lossOf();
        };
        const slope = (await at(2 ** -7) - await at(-(2 ** -7))) / 2 ** -6;
        assertAlmostEquals(gradient[i], slope, 2e-4, `${name} ${i}`);
      }
      parameters.write(name, scores);
    }
    model.free();
    device.free(loss);
  },
);

const device = new CpuDevice();
const training = syntheticSentences(30);
const dev = syntheticSentences(6, 2);
const settings = { head: "crf", learningRate: 5e-3, headLearningRate: 5e-3, batchTokens: 120, epochs: 4 };

async function run(out: MemoryStore, input: Partial<TrainingInput> = {}) {
  const start = { store: await tinyModelStore(), dir: "", scratch: true };
  return await train({ device, start, out: { store: out, dir: "" }, training, dev, settings, ...input });
}

async function read(store: MemoryStore, name: string): Promise<Float32Array> {
  const source = await openSafetensors(store, "model.safetensors");
  return toFloat32("F32", await source.read(name));
}

Deno.test("a chain is trained, saved and opened: it tags as in training, and what IOB2 forbids has stayed so", async () => {
  const out = new MemoryStore();
  const { devF1, calibration } = await run(out);
  assert(devF1 > 0.2, `${devF1}`);
  const config = JSON.parse(await readText(out, "config.json"));
  assertEquals([config.architectures, config.lacuna.head], [["BertForTokenClassification"], "crf"]);
  const learnt = Object.values<string>(config.id2label);
  const transitions = await read(out, "crf.transitions");
  const forbidden = [...transitions].map((score) => score === FORBIDDEN);
  const before = (tag: string) =>
    learnt.filter((_, i) => !forbidden[i * learnt.length + learnt.indexOf(tag)]).sort();
  assertEquals([before("I-LOC"), before("O")], [["B-LOC", "I-LOC"], learnt.toSorted()]);
  assert(transitions.every((score) => score === FORBIDDEN || score !== 0 && Math.abs(score) < 1));
  assertEquals((await read(out, "classifier.weight")).length, labels.length * tinyConfig.hidden_size);
  const tagger = await openTagger(device, out);
  const tagged = await tagSentences(tagger, dev.map(({ words }) => words));
  const report = scoreSentences(dev.map(({ tags }) => tags), tagged.map(({ tags }) => tags));
  assertEquals(report.strict.micro.f1, devF1);

  // Its scores are those that dev calibrated, and without the temperature they are others; tags stay.
  const { temperature, ...errors } = calibration!;
  assertEquals(config.lacuna.temperature, temperature);
  const found = await tagAndCalibrate(tagger, dev);
  assertEquals(found.predicted, tagged.map(({ tags }) => tags));
  assertEquals(found.calibration.temperature, temperature);
  assertAlmostEquals(found.calibration.before, errors.before, 1e-6);
  assertAlmostEquals(found.calibration.after, errors.after, 1e-6);
  const cold = await tagSentences(tagger, dev.map(({ words }) => words), { temperature: 1 });
  assertEquals(cold.map(({ tags }) => tags), found.predicted);
  assert(cold.some(({ entityScores }, i) => entityScores[0] !== tagged[i].entityScores[0]));
  await writeText(out, "config.json", JSON.stringify({ ...config, lacuna: { head: "crf", temperature: 0 } }));
  await assertRejects(
    () => openTagger(device, out),
    CheckpointError,
    "temperature of lacuna to be a number above 0",
  );
});

Deno.test("a run with a chain is resumed to the same bytes", async () => {
  const [whole, cut] = [new MemoryStore(), new MemoryStore()];
  await run(whole);
  const controller = new AbortController();
  await run(cut, {
    signal: controller.signal,
    onEvent: (event) => event.type === "step" && event.step === 5 && controller.abort(),
  });
  assertEquals((await run(cut, { resume: true })).status, "finished");
  for (const file of ["model.safetensors", "config.json"]) {
    const [a, b] = await Promise.all(
      [whole, cut].map(async (store) => store.read(file, 0, await store.size(file))),
    );
    assertEquals(a, b, file);
  }
});

Deno.test("a tagger goes on with a head of another kind, which keeps the classifier", async () => {
  const device = new CpuDevice();
  const [linear, crf] = [new MemoryStore(), new MemoryStore()];
  await train(await tinyRun(device, { out: linear, steps: 1 }));
  const { start: _, ...run } = await tinyRun(device, { out: crf, steps: 1 });
  await train({ ...run, start: { store: linear, dir: "" }, settings: { ...run.settings, head: "crf" } });
  assertEquals((await openSafetensors(crf, "model.safetensors")).tensors.has("crf.transitions"), true);
  const { start: __, ...back } = await tinyRun(device, { out: new MemoryStore(), steps: 1 });
  await train({ ...back, start: { store: crf, dir: "" } });
});
