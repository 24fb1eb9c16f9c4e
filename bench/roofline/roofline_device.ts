import type { DeviceRequest } from "../measure/device.ts";
import type { Roofline } from "./roofline.ts";
import { cpuRoofline } from "./roofline_cpu.ts";
import { webGpuRoofline } from "./roofline_webgpu.ts";

/** Measures a kind of device, the CPU with as many threads as the device takes. */
export function measureRoofline({ device, threads }: DeviceRequest): Promise<Roofline> {
  return device === "cpu" ? cpuRoofline(threads ?? navigator.hardwareConcurrency) : webGpuRoofline();
}
