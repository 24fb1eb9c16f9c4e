import type { OpDeclaration, ParametersOf } from "../../kernels/contract.ts";
import { ops } from "../../kernels/mod.ts";
import { dtypeOf } from "../../src/device/call.ts";
import type { Device, View } from "../../src/device/device.ts";
import type { DeviceClock } from "../../src/device/device_clock.ts";
import { dataOf, type KernelCase } from "./kernel_cases.ts";

/**
 * Milliseconds that a sample should take; by the host's clock more, as waiting for a GPU's queue takes some
 * 10 ms.
 */
const SAMPLE = { device: 25, host: { cpu: 25, webgpu: 80 } };
/** Samples of a case in a round, fewer where they take longer than the budget. */
const SAMPLES = 4;
const BUDGET = 250;

/**
 * Milliseconds of one call of an op in each of some samples, by the clock of the device where it has one,
 * else by the host's. A sample enqueues as many calls as fill it, and waits for the last; pipelines, buffers
 * and machine code are warm.
 *
 * @throws {Error} if an output holds something that is no number: a kernel that failed is very fast
 */
export async function timeKernel(
  device: Device,
  one: KernelCase,
  { clock }: { readonly clock: DeviceClock },
): Promise<number[]> {
  const views: Record<string, View> = {};
  try {
    for (const name of one.buffers) {
      const data = dataOf(one, name);
      views[name] = device.allocate(dtypeOf(data), data.length, `${one.op} ${name}`);
      device.upload(views[name], data);
    }
    const parameters = { ...one.uniforms, ...one.constants } as ParametersOf<OpDeclaration>;
    const run = async (times: number) => {
      clock.milliseconds = 0;
      const start = performance.now();
      for (let i = 0; i < times; i++) device.dispatch(one.op, views as never, parameters as never);
      await device.flush();
      return clock.milliseconds || performance.now() - start;
    };
    await run(1);
    let times = 1;
    let took = await run(1);
    const wanted = clock.milliseconds > 0 ? SAMPLE.device : SAMPLE.host[device.kind];
    while (took < wanted) {
      times = Math.ceil(times * Math.min(10, 1.2 * wanted / took));
      took = await run(times);
    }
    const milliseconds = [took / times];
    let spent = took;
    while (milliseconds.length < SAMPLES && spent < BUDGET) {
      const took = await run(times);
      spent += took;
      milliseconds.push(took / times);
    }
    await checkFinite(device, one, views);
    return milliseconds;
  } finally {
    for (const view of Object.values(views)) device.free(view);
  }
}

async function checkFinite(
  device: Device,
  { op, name }: KernelCase,
  views: Readonly<Record<string, View>>,
): Promise<void> {
  const declared: OpDeclaration["buffers"] = ops[op].buffers;
  for (const [buffer, view] of Object.entries(views)) {
    if (declared[buffer].access === "read") continue;
    const data = await device.read(view);
    if (!data.every(Number.isFinite)) {
      throw new Error(`Expected numbers from ${name} but found something else in ${buffer}`);
    }
  }
}
