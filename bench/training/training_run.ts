/**
 * One run of ours for bench/training/training.ts, in a process of its own: trains or predicts the sentences of a run file and
 * prints a line of JSON, as bench/peers/training.py does.
 *
 *     deno run -A bench/training/training_run.ts train RUN.json --batch-tokens 700 [--warmup 2] [--device cpu] [--threads 2]
 *     deno run -A bench/training/training_run.ts predict RUN.json [--device cpu] [--threads 2]
 *
 * @module
 */

import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { parseArgs } from "node:util";
import { dirname, join } from "@std/path";
import { readConfig } from "../../src/model/config.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { planBatches } from "../../src/data/batching.ts";
import { yieldToHost } from "../../src/device/yield_to_host.ts";
import { ModelTagger } from "../../src/inference/model_tagger.ts";
import { tagSentences } from "../../src/inference/tagger.ts";
import type { Model } from "../../src/model/model.ts";
import { openModel } from "../../src/model/open.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { groupOf } from "../../src/optim/groups.ts";
import { LossLog } from "../../src/run/loss_log.ts";
import { accumulateGradients } from "../../src/run/step.ts";
import { deviceOptions, deviceRequest, openBenchDevice } from "../measure/device.ts";
import { peakMemory } from "../measure/process.ts";
import type { runHeader, RunSequence, RunStep } from "./run_file.ts";

type Run = Awaited<ReturnType<typeof runHeader>> & { steps: RunStep[]; sentences?: string[][] };

const { values, positionals: [work, path] } = parseArgs({
  allowPositionals: true,
  options: {
    ...deviceOptions,
    "batch-tokens": { type: "string", default: "700" },
    warmup: { type: "string", default: "2" },
  },
});

const run: Run = JSON.parse(await Deno.readTextFile(path));
const sequences = run.steps.flatMap(({ microBatches }) => microBatches.flatMap(({ sequences }) => sequences));
const store = new DenoStore(join(dirname(path), run.model));
const config = await readConfig(store, "");
const { device, name } = await openBenchDevice(deviceRequest(values));
const { learningRate, headLearningRate } = run.optimiser;
const groups = {
  numHiddenLayers: config.numHiddenLayers,
  headMultiplier: headLearningRate / learningRate,
};
const { model } = await openModel(device, store, {
  dir: "",
  config,
  seed: run.seed,
  tagging: tokenClassification.of(run.labels),
  group: work === "train" ? (spec) => groupOf(spec, groups) : undefined,
});

const result = work === "train" ? await train(model) : await predict(model);
const tokens = sequences.reduce((sum, { ids }) => sum + ids.length, 0);
console.log(JSON.stringify({
  device: name,
  tokens,
  padding: 0,
  ...result,
  peakBytes: peakMemory(),
}));
device.destroy();

/** Every sentence once, packed; what the trainer does in a step, with its log and its optimiser. */
async function train(model: Model) {
  const batches = planBatches(sequences.map(({ ids }) => ids.length), {
    batchTokens: Number(values["batch-tokens"]),
    seed: run.seed,
    epoch: 0,
  });
  const optimizer = new AdamW(device, model.parameters, run.optimiser);
  let loss = NaN;
  const log = new LossLog<{ step: number }>(device, (_, losses) => loss = losses.loss);
  let step = 0;
  const trainOn = async (batch: readonly number[]) => {
    await yieldToHost();
    await accumulateGradients(model, [batch.map((i) => contribution(sequences[i]))], {
      seed: run.seed,
      step,
      lambda: 0,
      dropout: run.dropout,
      recompute: false,
      losses: log.next(),
      pause: (microBatch) => log.pause(microBatch),
    });
    optimizer.step(++step, learningRate);
    await log.push({ step }, optimizer);
  };
  for (const batch of batches.slice(0, Number(values.warmup))) await trainOn(batch);
  await log.flush(optimizer);
  const start = performance.now();
  for (const batch of batches) await trainOn(batch);
  await log.flush(optimizer);
  return { seconds: (performance.now() - start) / 1000, steps: batches.length, loss };
}

function contribution(sequence: RunSequence) {
  const words = sequence.labelRows.map(() => undefined);
  return {
    sequences: [{ ...sequence, words, wordOf: [], mlmRows: [], mlmTargets: [], spans: [] }],
    maskable: 0,
  };
}

/** Words in, tags out: tokenizing and decoding are in the time, which the peer is spared. */
async function predict(model: Model) {
  const { tokenizer } = await openTokenizer(store, { dir: "", config });
  const tagger = new ModelTagger(model, tokenizer);
  await tagSentences(tagger, run.sentences!.slice(0, 32));
  const start = performance.now();
  await tagSentences(tagger, run.sentences!);
  return { seconds: (performance.now() - start) / 1000 };
}
