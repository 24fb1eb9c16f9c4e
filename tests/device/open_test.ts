import { assertEquals, assertRejects } from "@std/assert";
import type { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { chooseDevice, openDevice } from "../../src/device/open.ts";
import type { WebGpuDevice } from "../../src/device/webgpu/webgpu_device.ts";
import { DeviceError, OptionError } from "../../src/errors.ts";

/** A machine whose adapter is described so; undefined for one without an adapter. */
function machine(description: string | undefined, { broken = false } = {}) {
  return {
    findAdapter: () =>
      Promise.resolve(description === undefined ? undefined : { info: { description } } as GPUAdapter),
    openWebGpu: () =>
      broken || description === undefined
        ? Promise.reject(new DeviceError("The WebGPU adapter gave no device: out of memory"))
        : Promise.resolve({ kind: "webgpu" } as WebGpuDevice),
    openCpu: ({ threads = 2 }: { threads?: number } = {}) =>
      Promise.resolve({ kind: "cpu", remark: `${threads} threads` } as CpuDevice),
  };
}

const choices: [what: string, machine: ReturnType<typeof machine>, kind: string, reason: string][] = [
  ["a GPU", machine("Radeon"), "webgpu", "because there is a GPU"],
  ["no GPU", machine(undefined), "cpu", "because there is no GPU"],
  [
    "a software adapter",
    machine("llvmpipe (LLVM 15)"),
    "cpu",
    "because there is no GPU but a software adapter, which is slower",
  ],
  [
    "a GPU that gives no device",
    machine("Radeon", { broken: true }),
    "cpu",
    "because WebGPU failed: The WebGPU adapter gave no device: out of memory",
  ],
];
for (const [what, open, kind, reason] of choices) {
  Deno.test(`auto takes ${kind} where there is ${what}, ${reason}`, async () => {
    const chosen = await chooseDevice("auto", {}, open);
    assertEquals([chosen.device.kind, chosen.reason], [kind, reason]);
  });
}

Deno.test("webgpu and cpu are obeyed, a software adapter included; webgpu fails where there is none", async () => {
  for (const adapter of ["Radeon", "llvmpipe (LLVM 15)"]) {
    const { device, reason } = await chooseDevice("webgpu", {}, machine(adapter));
    assertEquals([device.kind, reason], ["webgpu", "as asked"]);
  }
  const { device, reason } = await chooseDevice("cpu", {}, machine("Radeon"));
  assertEquals([device.kind, reason], ["cpu", "as asked"]);
  await assertRejects(() => chooseDevice("webgpu", {}, machine(undefined)), DeviceError, "gave no device");
});

Deno.test("the number of threads reaches the CPU device, whoever chose it", async () => {
  for (const kind of ["auto", "cpu"] as const) {
    const { device } = await chooseDevice(kind, { threads: 3 }, machine(undefined));
    assertEquals((device as CpuDevice).remark, "3 threads");
  }
});

Deno.test("openDevice() opens what was asked for, and refuses a number of threads that cannot work", async () => {
  const device = await openDevice("cpu", { threads: 1 });
  assertEquals(device.kind, "cpu");
  device.destroy();
  await assertRejects(() => openDevice("cpu", { threads: 0 }), OptionError, "from 1 to 64 but found 0");
});
