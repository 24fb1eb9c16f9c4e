/**
 * Training steps of this version of Lacuna beside those of another one.
 *
 *     deno run -A bench/step/versions.ts --before DIR [--device cpu|webgpu] [--model DIR] [--data FILE] [--json]
 *
 * Both take the same batches in turns, in one process: bench/README.md says more.
 *
 * @module
 */

import { fromFileUrl, resolve, toFileUrl } from "@std/path";
import { type Console, type Outcome, runCommand, UsageError } from "../../src/cli/frame/command.ts";
import { defineCommand } from "../../src/cli/frame/definition.ts";
import { choice, text, type Values, wholeNumber } from "../../src/cli/frame/options.ts";
import type { DeviceRequest } from "../measure/device.ts";
import { ratios, show, spread } from "../measure/statistics.ts";
import type { Work } from "./step_work.ts";
import type { WatchedDevice } from "./watched_device.ts";

/** Steps of each version before those that are measured. */
const WARMUP = 2;

const definition = defineCommand({
  name: "versions",
  summary: "Times training steps of this version of Lacuna and of another one, in turns.",
  options: {
    before: text("DIR", "folder with the other version, such as a git worktree"),
    device: choice("where to compute", ["cpu", "webgpu"], { default: "cpu" }),
    threads: wholeNumber("threads of the CPU device (default: as many as there are cores)", {
      min: 1,
      max: 64,
    }),
    model: text("DIR", "model directory (default: the embedded model)"),
    data: text("FILE", "CoNLL file with sentences to work on (default: the embedded Swahili corpus)"),
    batchTokens: wholeNumber("most tokens of a training step", { min: 1, default: 512 }),
    steps: wholeNumber("steps of each version", { min: 1, default: 20 }),
  },
  examples: [{ args: "--before ../lacuna-before --steps 40", does: "the embedded model on the CPU" }],
});

/** A version at work. */
interface Version {
  readonly device: WatchedDevice;
  readonly work: Work;
}

async function main(
  { before, model, data, batchTokens, steps, ...request }: Values<typeof definition.options>,
  console: Console,
): Promise<Outcome> {
  if (before === undefined) throw new UsageError("Expected --before DIR, the other version");
  const here = new URL("../../", import.meta.url);
  const other = new URL(`${toFileUrl(resolve(before))}/`);
  const embedded = (path: string) => fromFileUrl(new URL(path, here));
  const material = {
    model: model ?? embedded("weights"),
    data: data ?? embedded("examples/corpus/train.conll"),
    batchTokens,
  };
  const versions = [
    await open(other, { request, material }),
    await open(here, { request, material }),
  ];
  const times: [number[], number[]] = [[], []];
  for (let step = 0; step < WARMUP + steps; step++) {
    console.progress(`${step + 1}/${WARMUP + steps}`);
    // Whoever comes second finds the caches full of the other's data: so they take turns at that as well.
    for (const i of step % 2 === 0 ? [0, 1] : [1, 0]) {
      const start = performance.now();
      await versions[i].work.turn(step);
      await versions[i].work.finish();
      if (step >= WARMUP) times[i].push(performance.now() - start);
    }
  }
  const calls = versions.map(({ device: { host } }) =>
    Math.round(host.values().reduce((sum, { calls }) => sum + calls, 0) / (WARMUP + steps))
  );
  for (const { device } of versions) device.destroy();
  const ratio = ratios(...times);
  for (const [i, name] of ["before", "now"].entries()) {
    console.print(`${name.padEnd(6)}  ${show(spread(times[i]), 1)} ms a step, ${calls[i]} calls`);
  }
  console.print(`before / now  ${show(ratio, 3)}`);
  return { json: { ...material, times, calls, ratio } };
}

/** The same work on a device of a version's own, with the code in its folder. */
async function open(
  folder: URL,
  { request, material }: {
    request: DeviceRequest;
    material: { model: string; data: string; batchTokens: number };
  },
): Promise<Version> {
  const load = <T>(path: string): Promise<T> => import(new URL(path, folder).href);
  const { openBenchDevice } = await load<typeof import("../measure/device.ts")>("bench/measure/device.ts");
  const { readMaterial, trainingWork } = await load<typeof import("./step_work.ts")>(
    "bench/step/step_work.ts",
  );
  const watched = await load<typeof import("./watched_device.ts")>("bench/step/watched_device.ts");
  const device = new watched.WatchedDevice((await openBenchDevice(request)).device);
  return { device, work: await trainingWork(device, await readMaterial(material)) };
}

if (import.meta.main) Deno.exit(await runCommand(definition, main));
