/**
 * Speed of our matmul on a device, and beside other people's.
 *
 *     deno run -A bench/matmul.ts [--device cpu|webgpu] [--threads N] [--blas PATH|auto] [--shapes all] [--forms NT,NN,TN]
 *     deno run -A bench/matmul.ts --peers [--threads 1,2] [--rounds 5]
 *
 * Also: --repeats N (5), --json. A figure is 2mnk / t in GFLOP/s, t the median of the repeats. With --peers every
 * contender multiplies 512 x 768 x 768, f32, NN, in a process of its own, in turns; see bench/README.md.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { calibrate, showCalibration } from "./calibration.ts";
import { deviceOptions, type DeviceRequest, deviceRequest, openBenchDevice } from "./device.ts";
import { timeNaive } from "./matmul_naive.ts";
import { comparePeers } from "./matmul_peers.ts";
import { type Form, FORMS, type Size, timeMatmul } from "./matmul_time.ts";
import { show } from "./statistics.ts";
import { table } from "./table.ts";

/** The shape that everybody is measured on, and those of a small encoder. */
const SIZES: Size[] = [
  { m: 512, n: 768, k: 768 },
  { m: 100, n: 384, k: 384 },
  { m: 300, n: 384, k: 384 },
  { m: 300, n: 1536, k: 384 },
  { m: 300, n: 384, k: 1536 },
  { m: 600, n: 1536, k: 384 },
  { m: 384, n: 384, k: 301 },
  { m: 1536, n: 384, k: 301 },
  { m: 17, n: 384, k: 384 },
  { m: 1, n: 384, k: 384 },
  { m: 300, n: 9, k: 384 },
];

const { values } = parseArgs({
  options: {
    ...deviceOptions,
    shapes: { type: "string" },
    forms: { type: "string", default: "NT,NN,TN" },
    repeats: { type: "string", default: "5" },
    peers: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});

if (values.peers) {
  const threads = (values.threads ?? "1,2").split(",").map(Number);
  await comparePeers({ threads, rounds: Number(values.rounds), blas: values.blas, json: values.json });
} else await measure(deviceRequest(values));

async function measure(request: DeviceRequest): Promise<void> {
  const { device, name } = await openBenchDevice(request);
  const sizes = values.shapes === "all" ? SIZES : SIZES.slice(0, 1);
  const repeats = Number(values.repeats);
  const rows = [];
  for (const size of sizes) {
    const gigaflops = (milliseconds: number) => 2 * size.m * size.n * size.k / milliseconds / 1e6;
    for (const form of values.forms.split(",") as Form[]) {
      if (!(form in FORMS)) throw new Error(`Expected --forms of NT, NN and TN but found ${form}`);
      const { median, least, most } = await timeMatmul(device, size, { form, repeats });
      const naive = request.device === "webgpu" && size === SIZES[0]
        ? { naive: gigaflops((await timeNaive(size, { form, repeats })).median) }
        : {};
      rows.push({ form, ...size, median, least, most, gigaflops: gigaflops(median), ...naive });
    }
  }
  if (values.json) console.log(JSON.stringify({ device: name, rows }));
  else {
    console.log(showCalibration(await calibrate(request.threads ?? navigator.hardwareConcurrency)));
    console.log(`${name}\n`);
    console.log(table(rows.map(({ form, m, n, k, gigaflops, naive, ...milliseconds }) => ({
      form,
      "m x n x k": `${m} x ${n} x ${k}`,
      milliseconds: show(milliseconds, 3),
      "GFLOP/s": gigaflops.toFixed(1),
      ...(naive && { "naive GFLOP/s": naive.toFixed(1) }),
    }))));
  }
  device.destroy();
}
