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

/** Registers a test for each device; on a machine without an adapter the WebGPU one is skipped. */
export function testOnDevices(
  name: string,
  run: (device: Device) => Promise<void>,
  options: { ignore?: boolean } = {},
): void {
  for (const { name: kind, ignore, open } of devices) {
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
