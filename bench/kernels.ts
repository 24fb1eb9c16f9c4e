/**
 * Speed of every op on a device, and what share of the device's own limit that is.
 *
 *     deno task bench-kernels [--device cpu|webgpu] [--threads N] [--filter TEXT] [--json]
 *                             [--save FILE] [--compare FILE] [--plot FILE.svg]
 *
 * `--filter` keeps the cases whose name holds a text; --save keeps a run, --compare says what changed since one that was
 * kept, --plot draws the roofline. See bench/README.md.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { deviceOptions, type DeviceRequest, deviceRequest, openBenchDevice } from "./device.ts";
import { type KernelCase, kernelCases } from "./kernel_cases.ts";
import { compareRuns, type KernelRun, loadRun } from "./kernel_runs.ts";
import { resultTable, showComparison } from "./kernel_table.ts";
import { DeviceClock, timeKernel } from "./kernel_time.ts";
import { workOf } from "./kernel_work.ts";
import { bestOf, limitOf, type Roofline, showRoofline } from "./roofline.ts";
import { cpuRoofline } from "./roofline_cpu.ts";
import { rooflinePlot } from "./roofline_plot.ts";
import { webGpuRoofline } from "./roofline_webgpu.ts";
import type { Spread } from "./statistics.ts";

const { device, threads } = deviceOptions;
const { values } = parseArgs({
  options: {
    ...{ device, threads },
    filter: { type: "string", default: "" },
    save: { type: "string" },
    compare: { type: "string" },
    plot: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const before = values.compare === undefined ? undefined : await loadRun(values.compare);
const cases = kernelCases().filter(({ name }) => name.includes(values.filter));
if (cases.length === 0) throw new Error(`Expected a part of a case's name but found ${values.filter}`);
const run = await measure(cases, deviceRequest(values));
const comparison = before && compareRuns(before, run);
if (values.save !== undefined) await Deno.writeTextFile(values.save, `${JSON.stringify(run)}\n`);
if (values.plot !== undefined) await Deno.writeTextFile(values.plot, await rooflinePlot(run));
if (values.json) console.log(JSON.stringify({ ...run, ...(comparison && { comparison }) }));
else {
  console.log(`${run.device}\n${showRoofline(run.roofline)}\n`);
  console.log(resultTable(run.results));
  if (before) console.log(`\n${showComparison(before, run, comparison!)}`);
}

/** Measures the roofs before and after the cases: of a machine that others use too, the better one is nearer to the truth. */
async function measure(cases: readonly KernelCase[], request: DeviceRequest): Promise<KernelRun> {
  const threads = request.threads ?? navigator.hardwareConcurrency;
  const roof = (): Promise<Roofline> => request.device === "cpu" ? cpuRoofline(threads) : webGpuRoofline();
  const first = await roof();
  const clock = new DeviceClock();
  // The CPU device is timed by the host: what it takes to hand over a call is a part of its speed.
  const { device, name } = await openBenchDevice(request, request.device === "cpu" ? {} : clock);
  const times: Spread[] = [];
  try {
    for (const [i, one] of cases.entries()) {
      progress(`${i + 1}/${cases.length} ${one.name}`);
      times.push(await timeKernel(device, one, { clock }));
    }
  } finally {
    progress("");
    device.destroy();
  }
  const roofline = bestOf([first, await roof()]);
  const results = cases.map((one, i) => {
    const work = workOf(one);
    const limit = limitOf(roofline, work);
    return {
      name: one.name,
      milliseconds: times[i],
      ...work,
      limit,
      share: limit.milliseconds / times[i].median,
    };
  });
  return { device: name, roofline, results };
}

/** What is being done, in a line of its own on a terminal. */
function progress(text: string): void {
  if (!Deno.stderr.isTerminal()) return text ? console.error(text) : undefined;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}
