/**
 * `deno task bench-kernels`: speed of every op on a device, and what share of the device's own limit that is.
 */

import { type Console, type Outcome, runCommand, UsageError } from "../../src/cli/frame/command.ts";
import { defineCommand } from "../../src/cli/frame/definition.ts";
import { choice, flag, text, type Values, wholeNumber } from "../../src/cli/frame/options.ts";
import { DeviceClock } from "../../src/device/device_clock.ts";
import { OptionError } from "../../src/errors.ts";
import { checkOwn } from "../../src/cli/files/own_file.ts";
import { checkApart, placesOf } from "../../src/cli/files/apart.ts";
import { type DeviceRequest, openBenchDevice } from "../measure/device.ts";
import { type KernelCase, kernelCases } from "./kernel_cases.ts";
import { compareRuns, type KernelRun, loadRun } from "./kernel_runs.ts";
import { resultTable, showComparison } from "./kernel_table.ts";
import { timeKernel } from "./kernel_time.ts";
import { workOf } from "./kernel_work.ts";
import { peerCases } from "../peers/peer_cases.ts";
import { measureVariants, variantTable } from "./matmul_variants.ts";
import { comparePeers } from "../peers/peers.ts";
import { bestOf, limitOf, showRoofline } from "../roofline/roofline.ts";
import { measureRoofline } from "../roofline/roofline_device.ts";
import { rooflinePlot } from "./roofline_plot.ts";
import { spread } from "../measure/statistics.ts";

/**
 * Goes through all cases: what neighbouring samples have in common is also what disturbs the machine just
 * then.
 */
const ROUNDS = 2;

const definition = defineCommand({
  name: "bench-kernels",
  summary:
    "Measures every op at the sizes of MiniLM, BERT-base and BERT-large, and the roofline of the device in the same " +
    "run. bench/README.md says how.",
  options: {
    device: choice("where to compute", ["cpu", "webgpu"], { default: "cpu" }),
    threads: wholeNumber("threads of the CPU device (default: as many as there are cores)", {
      min: 1,
      max: 64,
    }),
    filter: text("TEXT", "measure the cases that have this in their name"),
    save: text("FILE", "keep the run as JSON"),
    compare: text("FILE", "say what changed since a run that --save kept"),
    plot: text("FILE", "draw the roofline as SVG"),
    peers: flag("compare with tfjs, jax-js and onnxruntime-node instead (bench/peers)"),
    rounds: wholeNumber("runs of every contender of --peers", { min: 1, default: 3 }),
    blas: text("PATH", "with --peers also our CPU device with this BLAS library, or auto"),
  },
  examples: [
    { args: "--filter matmul --save before.json", does: "measures the matrix products and keeps the times" },
    { args: "--filter matmul --compare before.json", does: "says which of them changed" },
    { args: "--device webgpu --plot roofline.svg", does: "measures WebGPU and draws its roofline" },
    {
      args: "--device webgpu --peers",
      does: "products, softmax and attention beside tfjs and jax-js on WebGPU",
    },
  ],
});

async function main(
  { filter = "", save, compare, plot, peers, rounds, blas, ...request }: Values<typeof definition.options>,
  console: Console,
): Promise<Outcome> {
  const matches = ({ name }: { readonly name: string }) => name.includes(filter);
  if (peers) {
    if (save ?? compare ?? plot) throw new UsageError("--peers has no run for save, compare or plot");
    const cases = peerCases.filter(matches);
    if (cases.length === 0) throw noCase(filter);
    return { json: await comparePeers(cases, { request: { ...request, blas }, rounds, console }) };
  }
  if (blas !== undefined) throw new UsageError("blas belongs to --peers");
  await checkApart({ read: placesOf({ compare }), written: placesOf({ save, plot }) });
  if (save !== undefined) {
    await checkOwn(save, { what: "a run that --save wrote", beginning: /^\{"device":/ });
  }
  if (plot !== undefined) await checkOwn(plot, { what: "a plot", beginning: /^<svg / });
  const kept = compare === undefined ? undefined : await loadRun(compare);
  const before = kept && { ...kept, results: kept.results.filter(matches) };
  const cases = kernelCases().filter(matches);
  if (cases.length === 0) throw noCase(filter);
  const run = await measure(cases, { request, console });
  const comparison = before && compareRuns(before, run);
  if (save !== undefined) await Deno.writeTextFile(save, `${JSON.stringify(run)}\n`);
  if (plot !== undefined) await Deno.writeTextFile(plot, await rooflinePlot(run));
  console.print(`${run.device}\n${showRoofline(run.roofline)}\n\n${resultTable(run.results)}`);
  if (run.variants) console.print(`\nKernels of matrix products:\n${variantTable(run.variants)}`);
  if (comparison) console.print(`\n${showComparison(before, run, comparison)}`);
  return { json: { ...run, ...(comparison && { comparison }) } };
}

function noCase(filter: string): OptionError {
  return new OptionError(`Expected --filter to be a part of a case's name but no case has ${filter}`);
}

/**
 * Measures the roofs before and after the cases: of a machine that others use too, the better one is nearer
 * to the truth.
 */
async function measure(
  cases: readonly KernelCase[],
  { request, console }: { readonly request: DeviceRequest; readonly console: Console },
): Promise<KernelRun> {
  const first = await measureRoofline(request);
  const clock = new DeviceClock();
  // The CPU device is timed by the host: what it takes to hand over a call is a part of its speed.
  const { device, name } = await openBenchDevice(request, request.device === "cpu" ? {} : clock);
  const times: number[][] = cases.map(() => []);
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [i, one] of cases.entries()) {
        console.progress(`${round}/${ROUNDS} ${i + 1}/${cases.length} ${one.name}`);
        times[i].push(...await timeKernel(device, one, { clock }));
      }
    }
  } finally {
    device.destroy();
  }
  const products = cases.filter(({ op }) => op === "matmul");
  const variants = request.device === "webgpu" && products.length > 0
    ? await measureVariants(products, console)
    : undefined;
  const roofline = bestOf([first, await measureRoofline(request)]);
  const results = cases.map((one, i) => {
    const work = workOf(one);
    const limit = limitOf(roofline, work);
    const milliseconds = spread(times[i]);
    return {
      name: one.name,
      milliseconds,
      ...work,
      limit,
      share: limit.milliseconds / milliseconds.median,
    };
  });
  return { device: name, roofline, results, variants };
}

if (import.meta.main) Deno.exit(await runCommand(definition, main));
