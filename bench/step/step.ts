/**
 * `deno task bench`: where the time and the memory of a training step and of a prediction pass go, op by op.
 * bench/README.md says what the columns mean.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { defineCommand } from "../../src/cli/frame/definition.ts";
import { type Console, type Outcome, runCommand } from "../../src/cli/frame/command.ts";
import { deviceOptions, openDevice } from "../../src/cli/device/device.ts";
import { formatCount } from "../../src/cli/frame/format.ts";
import { text, type Values, wholeNumber } from "../../src/cli/frame/options.ts";
import type { Device } from "../../src/device/device.ts";
import { chooseDevice } from "../../src/device/open.ts";
import type { PassTime } from "../../src/device/profile.ts";
import { calibrate, showCalibration } from "../measure/calibration.ts";
import { bestOf, type Roofline, showRoofline } from "../roofline/roofline.ts";
import { measureRoofline } from "../roofline/roofline_device.ts";
import { besideRoofline, profileWork, type WorkProfile } from "./step_profile.ts";
import { predictionWork, readMaterial, trainingWork, type Work } from "./step_work.ts";
import { table } from "../measure/table.ts";
import { WatchedDevice } from "./watched_device.ts";

/** Steps after which all memory should be there. */
const WARMUP = 3;

const definition = defineCommand({
  name: "bench",
  summary:
    "Times a training step and a prediction pass op by op, on the device and on the host, and counts memory. " +
    "Beside PyTorch: deno run -A bench/training/training.ts --python PATH.",
  options: {
    model: text("DIR", "model directory (default: the embedded model)"),
    data: text("FILE", "CoNLL file with sentences to work on (default: the embedded Swahili corpus)"),
    batchTokens: wholeNumber("most tokens of a training step", { min: 1, default: 512 }),
    steps: wholeNumber(`training steps that are measured, after ${WARMUP} others`, { min: 1, default: 20 }),
    ...deviceOptions,
    blas: text(
      "PATH",
      "native BLAS library for the matrix products of the CPU device, or auto; needs deno run -A bench/step/step.ts",
    ),
  },
  examples: [
    { args: "", does: "the embedded model and corpus" },
    { args: "--model models/mbert --data train.conll --device webgpu", does: "your own, on WebGPU" },
  ],
});

async function main(options: Values<typeof definition.options>, console: Console): Promise<Outcome> {
  const embedded = (path: string) => fromFileUrl(new URL(`../../${path}`, import.meta.url));
  const { model = embedded("weights"), data = embedded("examples/corpus/train.conll"), steps } = options;
  const material = await readMaterial({ ...options, model, data });
  const calibration = await calibrate(options.threads ?? navigator.hardwareConcurrency);
  console.print(showCalibration(calibration));
  let device = "";
  /** Before and after each work: of a machine that others use too, the best one is nearest to the truth. */
  const rooflines: Roofline[] = [];
  /** A device of its own for each work, since the peak of its memory is the work's. */
  const measure = async (
    turns: { turns: number; warmup: number },
    open: (device: Device) => Promise<Work>,
  ) => {
    const passes: PassTime[] = [];
    const profiler = (pass: PassTime) => void passes.push(pass);
    const opened = await openDevice(options, (kind, more) => chooseDevice(kind, { ...more, profiler }));
    device = opened.line;
    const watched = new WatchedDevice(opened.device);
    try {
      const limits = () => measureRoofline({ device: watched.kind, threads: options.threads });
      rooflines.push(await limits());
      const times = await profileWork(watched, await open(watched), { ...turns, passes });
      rooflines.push(await limits());
      return times;
    } finally {
      watched.destroy();
    }
  };
  const trained = await measure(
    { turns: steps, warmup: WARMUP },
    (device) => trainingWork(device, material),
  );
  const predicted = await measure(
    { turns: 1, warmup: 1 },
    (device) => predictionWork(device, { ...material, count: steps }),
  );
  const roofline = bestOf(rooflines);
  const training = besideRoofline(trained, roofline);
  const prediction = besideRoofline(predicted, roofline);
  console.print(`${device}\n${showRoofline(roofline)}`);
  console.print(describe("Training step", { ...training, warmup: WARMUP }));
  console.print(describe("Prediction pass", { ...prediction, warmup: 1 }));
  return { json: { model, data, device, calibration, roofline, training, prediction } };
}

/** A profile for people. */
function describe(title: string, { warmup, ...profile }: WorkProfile & { readonly warmup: number }): string {
  const { turns, tokens, wall, tokensPerSecond, device, idle, host, limit, ops, buffers, peak } = profile;
  const time = (milliseconds: number | undefined) => milliseconds?.toFixed(3) ?? "";
  const count = (number: number) => number.toLocaleString("en", { maximumFractionDigits: 1 });
  const rows = ops.map((row) => ({
    op: row.op,
    calls: count(row.calls),
    passes: count(row.passes),
    "device ms": time(device && row.device),
    share: device ? `${(100 * row.share).toFixed(1)} %` : "",
    "limit ms": row.limit > 0 ? time(row.limit) : "",
    "host ms": time(row.host),
  }));
  const sum = (column: "calls" | "passes") => count(ops.reduce((sum, row) => sum + row[column], 0));
  const all = { op: "all", calls: sum("calls"), passes: sum("passes"), "device ms": time(device) };
  const total = { ...all, share: device ? "100.0 %" : "", "limit ms": time(limit), "host ms": time(host) };
  const parts = Object.entries(peak.parts).map(([name, bytes]) => `${name} ${megabytes(bytes)}`);
  return [
    "",
    `${title}, mean of ${turns}: ${count(tokens)} tokens in ${wall.toFixed(2)} ms, ` +
    `${formatCount(Math.round(tokensPerSecond))} tokens/s`,
    "",
    table([...rows, total]),
    "",
    device === undefined || idle === undefined
      ? "This device cannot time its passes, so device times and idle are missing."
      : `Device idle: ${time(idle)} ms, ${(100 * idle / wall).toFixed(1)} % of the time`,
    `The whole takes ${profile.wallByLimit.toFixed(2)} x the sum of what the roofline leaves to its ops`,
    `Peak: ${megabytes(peak.bytes)} MB (${parts.join(", ")})`,
    `Buffers: ${count(buffers.asked)} asked for; ${buffers.madeBefore} made in the warm-up, ` +
    `${buffers.made} after it, the last in turn ${buffers.lastMadeIn} of ${warmup + turns}`,
  ].join("\n");
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

if (import.meta.main) Deno.exit(await runCommand(definition, main));
