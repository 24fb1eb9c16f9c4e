/**
 * The same fine-tuning run here and in PyTorch: writes the run file for finetune.py, trains, and prints both.
 *
 *     deno run --allow-read --allow-write bench/training/parity.ts dump --seed 1 --out out/parity-1
 *     python bench/peers/finetune.py out/parity-1/run.json --out out/parity-1/pytorch
 *     deno run --allow-read --allow-write bench/training/parity.ts train --seed 1 --out out/parity-1
 *
 * Options: --masking S (none), --no-dropout, --first N (stop after so many steps), --epochs N (3), --batch-tokens N (100), --limit N (250),
 * --data DIR (the Swahili part of MasakhaNER 2.0), --model DIR (e5-small-trim), --device cpu|webgpu,
 * --threads N, --blas PATH.
 */

import { parseArgs } from "node:util";
import { fromFileUrl, join, resolve } from "@std/path";
import { readConfig } from "../../src/model/config.ts";
import { maxTokens } from "../../src/model/config.ts";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { readLabelledFile } from "../../src/cli/files/files.ts";
import { sampleSentences } from "../../src/data/dataset.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { tagSet } from "../../src/data/tag_set.ts";
import { formatScores } from "../../src/evaluation/report.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { rateMultiplier } from "../../src/optim/schedule.ts";
import { oneCopy } from "../../src/study/arms.ts";
import { encodeSentence } from "../../src/text/alignment.ts";
import { taggingPhase } from "../../src/training/phase.ts";
import { checkSettings } from "../../src/training/settings.ts";
import { train } from "../../src/training/trainer.ts";
import { deviceOptions, deviceRequest, openBenchDevice } from "../measure/device.ts";
import { runHeader } from "./run_file.ts";
import { checkOwn } from "../../src/cli/files/own_file.ts";

const shared = (path: string) => fromFileUrl(new URL(`../../../shared/${path}`, import.meta.url));

const { values: given, positionals: [command] } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    masking: { type: "string", default: "none" },
    epochs: { type: "string", default: "3" },
    limit: { type: "string", default: "250" },
    out: { type: "string" },
    data: { type: "string" },
    model: { type: "string" },
    ...deviceOptions,
    first: { type: "string", default: "0" },
    "batch-tokens": { type: "string", default: "100" },
    "no-dropout": { type: "boolean", default: false },
  },
});
const values = {
  ...given,
  data: given.data ?? shared("data/masakhaner2/swa"),
  model: given.model ?? shared("checkpoints/e5-small-trim"),
};
const out = resolve(values.out ?? "out/parity");

const settings = checkSettings({
  masking: values.masking,
  ...oneCopy,
  epochs: Number(values.epochs),
  batchTokens: Number(values["batch-tokens"]),
  learningRate: 2e-4,
  headLearningRate: 2e-3,
  dropout: !values["no-dropout"],
  seed: Number(values.seed),
});

async function read(split: string): Promise<Sentence[]> {
  const file = join(values.data, `${split}.txt`);
  return (await readLabelledFile(file)).sentences;
}
const all = await read("train");
const training = sampleSentences(all, Number(values.limit), { seed: settings.seed });
const dev = sampleSentences(await read("dev"), 150, { seed: settings.seed });
const test = await read("test");
const tags = tagSet(all);

const first = Number(values.first);
await Deno.mkdir(out, { recursive: true });
const [runFile, logFile] = [join(out, "run.json"), join(out, `${values.masking}.jsonl`)];
await checkOwn(runFile, { what: "a run that dump wrote", beginning: /^\{"format":"lacuna-run\// });
await checkOwn(logFile, { what: "a log of train", beginning: /^\{"seconds":/ });
const start = { store: new DenoStore(values.model), dir: "" };

if (command === "dump") {
  const config = await readConfig(start.store, "");
  const { tokenizer } = await openTokenizer(start.store, { dir: "", config });
  const phase = await taggingPhase(training, {
    tokenizer,
    maxTokens: maxTokens(config),
    settings,
    tagSet: tags,
  });
  const warmupSteps = Math.round(settings.warmup * phase.steps.length);
  const steps = phase.steps.map((planned, step) => ({
    epoch: planned.epoch + 1,
    learningRateMultiplier: rateMultiplier(settings.schedule, step, {
      warmupSteps,
      totalSteps: phase.steps.length,
    }),
    microBatches: planned.microBatches.map((windows) => ({
      sequences: windows.flatMap((window) => phase.contribution(window, planned).sequences)
        .map(({ ids, labelRows, labels }) => ({ ids, labelRows, labels })),
    })),
  }));
  const encode = (sentences: readonly Sentence[]) =>
    sentences.map((sentence) => ({
      tags: sentence.tags,
      windows: encodeSentence(tokenizer, sentence.words, { maxTokens: maxTokens(config) })
        .map(({ ids, labelRows, firstWord }) => ({ ids, labelRows, firstWord })),
    }));
  const run = {
    ...await runHeader({ model: values.model, folder: out, labels: tags.labels, settings }),
    steps,
    evaluation: first > 0 ? null : { dev: encode(dev), test: encode(test) },
  };
  await Deno.writeTextFile(runFile, JSON.stringify(run));
  const tokens = steps.flatMap(({ microBatches }) => microBatches.flatMap(({ sequences }) => sequences))
    .reduce((sum, { ids }) => sum + ids.length, 0);
  console.log(`${steps.length} steps, ${tokens} tokens: ${runFile}`);
} else {
  const { device } = await openBenchDevice(deviceRequest(values));
  const log = await Deno.open(logFile, {
    write: true,
    create: true,
    truncate: true,
  });
  const begin = performance.now();
  const stop = new AbortController();
  const result = await train({
    device,
    start,
    out: { store: new DenoStore(join(out, values.masking)), dir: "" },
    training,
    dev,
    test,
    labels: tags.labels,
    signal: stop.signal,
    settings,
    onEvent: (event) => {
      const seconds = (performance.now() - begin) / 1000;
      log.writeSync(new TextEncoder().encode(JSON.stringify({ seconds, ...event }) + "\n"));
      if (event.type === "step" && event.step === first) stop.abort();
      if (event.type === "evaluation") {
        console.log(
          `${seconds.toFixed(0)} s, step ${event.step}, ${event.split} F1 ${event.report.strict.micro.f1}`,
        );
      }
    },
  });
  if (result.test) console.log(formatScores(result.test));
  device.destroy();
}
