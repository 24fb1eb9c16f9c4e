import { assertEquals, assertRejects } from "@std/assert";
import { openDevice } from "../../src/cli/device.ts";
import type { WebGpuDevice } from "../../src/device/webgpu/webgpu_device.ts";
import { DeviceError } from "../../src/errors.ts";

/** A machine whose adapter is described so; undefined for one without an adapter. */
function machine(description: string | undefined, { broken = false } = {}) {
  return {
    findAdapter: () =>
      Promise.resolve(description === undefined ? undefined : { info: { description } } as GPUAdapter),
    openWebGpu: () =>
      broken || description === undefined
        ? Promise.reject(new DeviceError("The WebGPU adapter gave no device: out of memory"))
        : Promise.resolve({ kind: "webgpu", description: `webgpu (${description})` } as WebGpuDevice),
  };
}
const cpu = "cpu (TypeScript, 1 thread)";

const chosen: [gpu: ReturnType<typeof machine>, line: string][] = [
  [machine("Radeon"), "Device: webgpu (Radeon), because there is a GPU"],
  [
    machine("llvmpipe (LLVM 15)"),
    "Device: webgpu (llvmpipe (LLVM 15)), a software adapter, because it is faster than kernels in plain TypeScript",
  ],
  [machine(undefined), `Device: ${cpu}, because there is no WebGPU adapter`],
  [
    machine("Radeon", { broken: true }),
    `Device: ${cpu}, because WebGPU failed: The WebGPU adapter gave no device: out of memory`,
  ],
];
for (const [gpu, line] of chosen) {
  Deno.test(`--device auto says what it took and why: ${line}`, async () => {
    assertEquals((await openDevice("auto", gpu)).line, line);
  });
}

Deno.test("--device webgpu and --device cpu are obeyed, and webgpu fails where there is none", async () => {
  assertEquals((await openDevice("cpu", machine("Radeon"))).line, `Device: ${cpu}, as --device asks`);
  assertEquals(
    (await openDevice("webgpu", machine("Radeon"))).line,
    "Device: webgpu (Radeon), as --device asks",
  );
  await assertRejects(() => openDevice("webgpu", machine(undefined)), DeviceError, "gave no device");
});
