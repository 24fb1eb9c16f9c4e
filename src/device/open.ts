import { CpuDevice } from "./cpu/cpu_device.ts";
import type { ComputeDevice } from "./device.ts";
import { findAdapter, openWebGpu, type WebGpuOptions } from "./webgpu/open.ts";

/**
 * Opens a device to compute on: `auto` takes WebGPU where there is an adapter and else the CPU, which every machine
 * has and which is slow.
 *
 * @throws {DeviceError} if WebGPU was asked for and there is no adapter, or the adapter refuses
 */
export async function openDevice(
  kind: "auto" | "webgpu" | "cpu" = "auto",
  options: WebGpuOptions = {},
): Promise<ComputeDevice> {
  if (kind === "cpu" || (kind === "auto" && !await findAdapter())) return new CpuDevice();
  return await openWebGpu(options);
}
