/**
 * Time of a training step against tokens, and of its attention against the sum of squared lengths.
 *
 *     deno run -A bench/scaling/scaling.ts [--device cpu|webgpu] [--threads N] [--model DIR] [--rounds 3] [--json]
 *
 * bench/README.md says how it is measured.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { maxTokens, readConfig } from "../../src/model/config.ts";
import type { ModelConfig } from "../../src/nn/config.ts";
import { type Console, type Outcome, runCommand } from "../../src/cli/frame/command.ts";
import { defineCommand } from "../../src/cli/frame/definition.ts";
import { openModelFolder } from "../../src/cli/files/files.ts";
import { choice, text, type Values, wholeNumber } from "../../src/cli/frame/options.ts";
import { tagSet } from "../../src/data/tag_set.ts";
import { DeviceError } from "../../src/errors.ts";
import type { PassTime } from "../../src/device/profile.ts";
import { Random } from "../../src/random/random.ts";
import type { Contribution } from "../../src/run/contribution.ts";
import { calibrate, showCalibration } from "../measure/calibration.ts";
import { openBenchDevice } from "../measure/device.ts";
import { type ScalingBatch, scalingBatches, squaredLengths } from "./scaling_batches.ts";
import { type Fit, fitLine } from "./scaling_fit.ts";
import { trainingWork } from "../step/step_work.ts";
import { table } from "../measure/table.ts";

const definition = defineCommand({
  name: "scaling",
  summary:
    "Times training steps of 128 to 2048 tokens, and fits lines: attention by the sum of squared lengths, all other " +
    "ops by tokens.",
  options: {
    model: text("DIR", "model directory (default: the embedded model)"),
    device: choice("where to compute", ["cpu", "webgpu"], { default: "cpu" }),
    threads: wholeNumber("threads of the CPU device (default: as many as there are cores)", {
      min: 1,
      max: 64,
    }),
    rounds: wholeNumber("steps of each batch, of which the fastest counts, after one more", {
      min: 1,
      default: 3,
    }),
  },
  examples: [{ args: "--device webgpu", does: "the embedded model on WebGPU" }],
});

/** Milliseconds of a step on the device. */
interface StepTime {
  readonly attention: number;
  readonly rest: number;
}

async function main(
  { model, rounds, ...request }: Values<typeof definition.options>,
  console: Console,
): Promise<Outcome> {
  const folder = model ?? fromFileUrl(new URL("../../weights", import.meta.url));
  const store = await openModelFolder(folder);
  const config = await readConfig(store, "");
  const batches = scalingBatches(maxTokens(config));
  const calibration = await calibrate(request.threads ?? navigator.hardwareConcurrency);
  const passes: PassTime[] = [];
  const { device, name } = await openBenchDevice(request, { profiler: (pass) => void passes.push(pass) });
  const best: StepTime[] = batches.map(() => ({ attention: Infinity, rest: Infinity }));
  try {
    const work = await trainingWork(device, {
      store,
      config,
      tags: tagSet([{ words: ["Nairobi"], tags: ["B-LOC"] }]),
      contributions: batches.map((batch) => contributionOf(batch, config)),
      batches: batches.map((_, i) => [i]),
    });
    for (let round = 0; round <= rounds; round++) {
      console.progress(round === 0 ? "warm-up" : `${round}/${rounds}`);
      for (const i of batches.keys()) {
        passes.length = 0;
        await work.turn(round * batches.length + i);
        await work.finish();
        if (round > 0) best[i] = faster(best[i], timeOf(passes));
      }
    }
  } finally {
    device.destroy();
  }
  const rest = fitLine(batches.map(({ lengths }, i) => [tokensOf(lengths), best[i].rest]));
  const attention = fitLine(batches.map(({ lengths }, i) => [squaredLengths(lengths), best[i].attention]));
  console.print(
    `${showCalibration(calibration)}\n${name}\n\n${showTimes({ batches, best, rest, attention })}`,
  );
  console.print(showFit("All ops but attention", { fit: rest, unit: "token", many: 1 }));
  console.print(showFit("Attention", { fit: attention, unit: "1000 squared", many: 1000 }));
  const [plain, long] = [ofTokens("short ones", batches), ofTokens("one long, many short", batches)];
  const total = (i: number) => best[i].attention + best[i].rest;
  console.print(
    `One long sequence among short ones takes ${(total(long) / total(plain)).toFixed(2)} x the time of ` +
      `as many tokens in short ones; by the lines it would be ${
        ((rest.fitted[long] + attention.fitted[long]) / (rest.fitted[plain] + attention.fitted[plain]))
          .toFixed(2)
      } x`,
  );
  const measured = batches.map((batch, i) => ({ ...batch, ...best[i] }));
  return { json: { model: folder, device: name, calibration, rounds, measured, rest, attention } };
}

/** The batch of 1024 tokens of a kind. */
function ofTokens(name: string, batches: readonly ScalingBatch[]): number {
  return batches.findIndex((batch) => batch.name === name && tokensOf(batch.lengths) === 1024);
}

function faster(a: StepTime, b: StepTime): StepTime {
  return { attention: Math.min(a.attention, b.attention), rest: Math.min(a.rest, b.rest) };
}

/** Random pieces in the wanted lengths; every second one begins a word. */
function contributionOf({ name, lengths }: ScalingBatch, { vocabSize }: ModelConfig): Contribution {
  const random = new Random(1, name, lengths.length);
  const sequences = lengths.map((length) => {
    const ids = Array.from({ length }, () => random.integer(vocabSize));
    const labelRows = Array.from({ length: Math.ceil(length / 2) }, (_, word) => 2 * word);
    const labels = labelRows.map(() => 0);
    const words = labelRows.map(() => undefined);
    return { ids, labelRows, labels, words, wordOf: [], mlmRows: [], mlmTargets: [], spans: [] };
  });
  return { sequences, maskable: 0 };
}

/** @throws {DeviceError} if the device timed nothing */
function timeOf(passes: readonly PassTime[]): StepTime {
  if (passes.length === 0) {
    throw new DeviceError(
      "Expected a device that can time its passes, but this adapter has no timestamp queries",
    );
  }
  const sum = { attention: 0, rest: 0 };
  for (const { op, start, end } of passes) {
    sum[op.startsWith("attention") ? "attention" : "rest"] += end - start;
  }
  return sum;
}

function tokensOf(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

function showTimes({ batches, best, rest, attention }: {
  readonly batches: readonly ScalingBatch[];
  readonly best: readonly StepTime[];
  readonly rest: Fit;
  readonly attention: Fit;
}): string {
  const off = (time: number, fitted: number) => {
    const percent = Math.round(100 * (time / fitted - 1));
    return `${percent > 0 ? "+" : ""}${percent} %`;
  };
  return table(batches.map(({ name, lengths }, i) => ({
    tokens: String(tokensOf(lengths)),
    in: name,
    longest: String(Math.max(...lengths)),
    "squared lengths": String(squaredLengths(lengths)),
    "all but attention, ms": best[i].rest.toFixed(1),
    "off the line": off(best[i].rest, rest.fitted[i]),
    "attention, ms": best[i].attention.toFixed(2),
    "off its line": off(best[i].attention, attention.fitted[i]),
  })));
}

function showFit(what: string, { fit, unit, many }: { fit: Fit; unit: string; many: number }): string {
  const { slope, intercept, largestDeviation } = fit;
  return `${what}: ${intercept.toFixed(2)} ms and ${(many * slope).toFixed(4)} ms a ${unit}; at most ` +
    `${(100 * largestDeviation).toFixed(0)} % off the line`;
}

if (import.meta.main) Deno.exit(await runCommand(definition, main));
