/**
 * How far the models of families.py are from PyTorch's numbers, for docs/models.md:
 * `deno run -A tests/golden/errors.ts [NAME ...]`.
 */

import { Tape } from "../../src/autograd/tape.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { findAdapter, openWebGpu } from "../../src/device/webgpu/open.ts";
import type { Model } from "../../src/model/model.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { rateMultiplier } from "../../src/optim/schedule.ts";
import { differenceFrom, goldenStore, packGolden, readGolden, type Summary } from "./golden.ts";
import { KEY_BIAS, maskedLoss, openGolden, taggingLoss } from "./golden_model.ts";

const NAMES = [
  "tiny-distilbert",
  "tiny-electra",
  "tiny-modernbert",
  "tiny-modernbert-biases",
  "tiny-deberta-v2",
  "tiny-deberta-v2-plain",
];

/** The largest relative error of tensors, those left out that are zero but for rounding. */
async function largest(
  names: Iterable<string>,
  { read, golden, least = 0 }: {
    read: (name: string) => Promise<ArrayLike<number>>;
    golden: Record<string, Summary>;
    least?: number;
  },
): Promise<number> {
  let error = 0;
  for (const name of names) {
    if (golden[name].norm <= least || KEY_BIAS.test(name)) continue;
    error = Math.max(error, differenceFrom(golden[name], await read(name)) / golden[name].norm);
  }
  return error;
}

function gradientError(
  model: Model,
  golden: { gradients: Record<string, Summary>; gradientNorm: number },
): Promise<number> {
  return largest([...model.parameters].map(({ name }) => name), {
    read: (name) => model.parameters.read(name, "gradient"),
    golden: golden.gradients,
    least: 1e-6 * golden.gradientNorm,
  });
}

async function errorsOf(device: Device, dir: string): Promise<Record<string, number>> {
  const golden = await readGolden(`${dir}.json`);
  const { headMultiplier, learningRate, warmupSteps, ...settings } = golden.training.settings;
  const model = await openGolden(device, goldenStore, { dir, groups: { headMultiplier } });
  const batch = packGolden(golden.sequences);
  const tape = new Tape(device);
  const states = model.encoder.states(tape, batch, [...golden.hidden.keys()]);
  const everyRow = { ...batch, labelRows: Uint32Array.from(batch.ids.keys()) };
  const logits = model.tagging!.logits(tape, states.at(-1)!, everyRow);
  const expected = [...golden.hidden, golden.tokenClassification.logits];
  const outputs = await largest([...states, logits].keys().map(String), {
    read: async (i) => Array.from(await device.read([...states, logits][Number(i)].view)),
    golden: Object.fromEntries(expected.entries()),
  });
  tape.dispose();

  await taggingLoss(model, batch, {});
  const tagging = await gradientError(model, golden.tokenClassification);
  const masked = await openGolden(device, goldenStore, { dir, maskedLm: true });
  await maskedLoss(masked, packGolden(golden.sequences, "maskedLabels"));
  const gradients = Math.max(tagging, await gradientError(masked, golden.maskedLm));

  model.parameters.clearGradients();
  const optimizer = new AdamW(device, model.parameters, settings);
  for (const [step, sequences] of golden.batches.entries()) {
    await taggingLoss(model, packGolden(sequences.map((i: number) => golden.sequences[i])), {});
    const schedule = { warmupSteps, totalSteps: golden.batches.length };
    optimizer.step(step + 1, learningRate * rateMultiplier("linear", step, schedule));
  }
  const steps = await largest([...model.parameters].map(({ name }) => name), {
    read: (name) => model.parameters.read(name),
    golden: golden.training.parameters,
  });
  return { outputs, gradients, steps };
}

if (import.meta.main) {
  for (const dir of Deno.args.length > 0 ? Deno.args : NAMES) {
    for (const device of [new CpuDevice(), ...await findAdapter() ? [await openWebGpu()] : []]) {
      const errors = Object.entries(await errorsOf(device, dir)).map(([what, x]) =>
        `${what} ${x.toExponential(1)}`
      );
      console.log(`${dir} on ${device.constructor.name}: ${errors.join(", ")}`);
      device.destroy();
    }
  }
}
