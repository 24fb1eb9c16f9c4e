import { assert, assertEquals, assertRejects } from "@std/assert";
import { dataOf, type KernelCase, kernelCases } from "../../../bench/kernels/kernel_cases.ts";
import { timeKernel } from "../../../bench/kernels/kernel_time.ts";
import { DeviceClock } from "../../../src/device/device_clock.ts";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";

/** A sum of columns, small enough for a test. */
function tinyCase(data: KernelCase["data"]): KernelCase {
  const [uniforms, constants] = [{ rows: 3, columns: 4 }, { accumulate: 0 }];
  return { op: "columnSums", name: "tiny", uniforms, constants, buffers: ["x", "sums"], lengths: [], data };
}

Deno.test("a case is timed by the host where the device times nothing, and its memory is given back", async () => {
  const device = new CpuDevice();
  const milliseconds = await timeKernel(device, tinyCase({}), { clock: new DeviceClock() });
  assert(milliseconds.length > 0 && milliseconds.every((time) => time > 0));
  assertEquals(device.memory.liveBytes, 0);
  device.destroy();
});

Deno.test("a clock of the device adds up what its passes took", () => {
  const clock = new DeviceClock();
  clock.profiler({ op: "matmul", kernel: "pack", start: 10, end: 12 });
  clock.profiler({ op: "matmul", kernel: "matmul", start: 13, end: 18 });
  assertEquals(clock.milliseconds, 7);
});

Deno.test("a case whose result is no number has no time", async () => {
  const device = new CpuDevice();
  const broken = tinyCase({ x: () => new Float32Array(12).fill(NaN) });
  await assertRejects(() => timeKernel(device, broken, { clock: new DeviceClock() }), Error, "tiny");
  device.destroy();
});

Deno.test("inputs are the same in every run", () => {
  const data = () => {
    const { op, ...one } = kernelCases().find(({ op }) => op === "scatterAddRows")!;
    return one.buffers.filter((name) => name !== "table").map((name) => dataOf({ op, ...one }, name));
  };
  assertEquals(data(), data());
});
