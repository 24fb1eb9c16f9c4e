import { CpuDevice } from "../src/device/cpu/cpu_device.ts";
import { openCpu } from "../src/device/cpu/open.ts";
import type { Device } from "../src/device/device.ts";
import { findAdapter, openWebGpu } from "../src/device/webgpu/open.ts";

const hasAdapter = await findAdapter() !== undefined;

/** Where every device test runs; WebGPU with its default limits, so that what passes here passes everywhere. */
const devices: { name: string; ignore: boolean; open: () => Promise<Device> }[] = [
  { name: "cpu", ignore: false, open: () => Promise.resolve(new CpuDevice()) },
  { name: "cpu, 2 threads", ignore: false, open: () => openCpu({ threads: 2 }) },
  { name: "webgpu", ignore: !hasAdapter, open: () => openWebGpu() },
];

/** The kernels that this machine's adapter would not take. */
const others: typeof devices = [
  { name: "webgpu, kernels for GPUs", ignore: !hasAdapter, open: () => openWebGpu({ software: false }) },
];

/**
 * Registers a test for each device; on a machine without an adapter the WebGPU ones are skipped. With `allKernels` also for
 * kernels that are not for the adapters which tests run on.
 */
export function testOnDevices(
  name: string,
  run: (device: Device) => Promise<void>,
  options: { ignore?: boolean; allKernels?: boolean } = {},
): void {
  for (const { name: kind, ignore, open } of options.allKernels ? [...devices, ...others] : devices) {
    Deno.test(`${name} [${kind}]`, { ignore: ignore || options.ignore }, async () => {
      const device = await open();
      try {
        await run(device);
      } finally {
        device.destroy();
      }
    });
  }
}
