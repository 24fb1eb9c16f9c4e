/** Families that do not compute as BERT does against PyTorch + transformers; see tests/golden/README.md. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Tape } from "../../src/autograd/tape.ts";
import type { Device } from "../../src/device/device.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { readBytes } from "../../src/store/store.ts";
import { train } from "../../src/training/trainer.ts";
import type { TrainingInput } from "../../src/training/input.ts";
import { abortedAtStep } from "../aborted.ts";
import { testInHalf, testOnCpu, testOnDevices } from "../devices.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { assertNear, goldenStore, packGolden, readGolden } from "../golden/golden.ts";
import {
  assertGradients,
  assertTraining,
  maskedLoss,
  openGolden,
  scalingOf,
  taggingLoss,
} from "../golden/golden_model.ts";
import { goldenTolerances } from "../golden/tolerances.ts";

const FILE = "model.safetensors";

/** Folders of golden models, and the fields of their config.json that give them dropout. */
const FAMILIES: Readonly<Record<string, Record<string, number>>> = {
  "tiny-distilbert": { dropout: 0.1, attention_dropout: 0.1 },
  "tiny-modernbert": { attention_dropout: 0.1, mlp_dropout: 0.1, embedding_dropout: 0.1 },
  "tiny-modernbert-biases": { attention_dropout: 0.1 },
  "tiny-deberta-v2": { hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 },
  "tiny-deberta-v2-plain": { hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 },
  "tiny-electra": { hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 },
};

/** A run of six steps over both heads, with dropout, from random weights. */
async function jointRun(
  device: Device,
  { dir, out, settings, ...more }: Partial<Omit<TrainingInput, "out">> & { dir: string; out: MemoryStore },
): Promise<string> {
  const text = new TextDecoder().decode(await readBytes(goldenStore, `${dir}/config.json`));
  const changes = { vocab_size: 301, ...FAMILIES[dir], id2label: undefined, label2id: undefined };
  const { status } = await train({
    device,
    start: { store: await tinyModelStore({ ...JSON.parse(text), ...changes }, {}), dir: "", scratch: true },
    out: { store: out, dir: "" },
    training: syntheticSentences(12),
    dev: syntheticSentences(3, 2),
    settings: { objective: "joint", learningRate: 2e-3, batchTokens: 100, maxSteps: 6, ...settings },
    ...more,
  });
  return status;
}

for (const dir of Object.keys(FAMILIES)) {
  // Of a second form of a family no kernel is new.
  const test = /-(biases|plain)$/.test(dir) ? testOnCpu : testOnDevices;
  test(
    `${dir}: hidden states, logits, loss, gradients and ten steps are PyTorch's`,
    async (device) => {
      const golden = await readGolden(`${dir}.json`);
      const { hidden, sequences, tokenClassification } = golden;
      const tolerances = goldenTolerances.f32;
      const groups = { headMultiplier: golden.training.settings.headMultiplier };
      const model = await openGolden(device, goldenStore, { dir, groups });
      const batch = packGolden(sequences);

      const tape = new Tape(device);
      const states = model.encoder.states(tape, batch, [...hidden.keys()]);
      for (const [i, { view }] of states.entries()) {
        const allowed = tolerances.outputs * hidden[i].norm;
        assertNear(await device.read(view), hidden[i], { allowed, name: `hidden ${i}` });
      }
      const everyRow = { ...batch, labelRows: Uint32Array.from(batch.ids.keys()) };
      const logits = model.tagging!.logits(tape, states.at(-1)!, everyRow);
      const allowed = tolerances.outputs * tokenClassification.logits.norm;
      assertNear(await device.read(logits.view), tokenClassification.logits, { allowed, name: "logits" });
      tape.dispose();

      assertAlmostEquals(await taggingLoss(model, batch, {}), tokenClassification.loss, tolerances.loss);
      await assertGradients(model, tokenClassification);
      model.parameters.clearGradients();
      await assertTraining(model, golden);
    },
  );

  test(`${dir}: the masked-LM head with its tied decoder is PyTorch's`, async (device) => {
    const { maskedLm, sequences } = await readGolden(`${dir}.json`);
    const model = await openGolden(device, goldenStore, { dir, maskedLm: true });
    const tape = new Tape(device);
    const batch = packGolden(sequences, "maskedLabels");
    const { logits } = [
      ...model.maskedLm!.logits(tape, model.encoder.forward(tape, batch), batch.labelRows),
    ][0];
    const allowed = goldenTolerances.f32.outputs * maskedLm.logits.norm;
    assertNear(await device.read(logits), maskedLm.logits, { allowed, name: "logits" });
    tape.dispose();
    const loss = await maskedLoss(model, batch);
    assertAlmostEquals(loss, maskedLm.loss, goldenTolerances.f32.loss * maskedLm.loss);
    await assertGradients(model, maskedLm);
  });

  test(
    `${dir}: a joint run with dropout that is stopped and resumed saves the same bytes`,
    async (device) => {
      const [whole, stopped] = [new MemoryStore(), new MemoryStore()];
      await jointRun(device, { dir, out: whole });
      await jointRun(device, { dir, out: stopped, ...abortedAtStep(3) });
      assertEquals(await jointRun(device, { dir, out: stopped, resume: true }), "finished");
      for (const file of [FILE, "config.json"]) {
        assertEquals(await readBytes(stopped, file), await readBytes(whole, file), file);
      }
    },
  );

  testOnCpu(`${dir}: a run that recomputes activations saves the same weights`, async (device) => {
    const [kept, recomputed] = [new MemoryStore(), new MemoryStore()];
    await jointRun(device, { dir, out: kept });
    await jointRun(device, { dir, out: recomputed, settings: { recompute: true } });
    const [a, b] = [await readBytes(kept, FILE), await readBytes(recomputed, FILE)];
    assertEquals(a, b);
  });
}

for (const dir of ["tiny-modernbert", "tiny-deberta-v2"]) {
  testInHalf(`${dir} in f16: hidden states, loss and gradients are PyTorch's`, async (device) => {
    const { hidden, sequences, tokenClassification } = await readGolden(`${dir}.json`);
    const tolerances = goldenTolerances.f16;
    const model = await openGolden(device, goldenStore, { dir, precision: "f16" });
    const batch = packGolden(sequences);
    const tape = new Tape(device, { precision: "f16" });
    const { view } = model.encoder.forward(tape, batch);
    const allowed = tolerances.outputs * hidden.at(-1).norm;
    assertNear(Array.from(await device.read(view)), hidden.at(-1), { allowed, name: "hidden states" });
    tape.dispose();
    const loss = await taggingLoss(model, batch, { scaling: scalingOf(model) });
    assertAlmostEquals(loss, tokenClassification.loss, tolerances.loss * tokenClassification.loss);
    await assertGradients(model, tokenClassification);
  });
}
