import { type CpuOptions, openCpu } from "./cpu/open.ts";
import type { ComputeDevice, Device } from "./device.ts";
import { DeviceError } from "../errors.ts";
import { findAdapter, isSoftware, openWebGpu, type WebGpuOptions } from "./webgpu/open.ts";

/** What a program or a person can ask for. */
export type DeviceKind = "auto" | "webgpu" | "cpu";

/** How to open a device, of whichever kind it will be. */
export interface DeviceOptions extends WebGpuOptions, CpuOptions {}

/**
 * Opens a device to compute on: `auto` takes WebGPU where there is a GPU, else the CPU, which is faster than
 * WebGPU on a software adapter. Call `destroy()` when done: the threads of a CPU device keep a program alive.
 *
 * @throws {DeviceError} if WebGPU was asked for and there is no adapter, or the adapter refuses; if the CPU
 * was asked for and the engine has no WebAssembly SIMD
 * @throws {OptionError} for a number of threads that cannot work
 */
export async function openDevice(
  kind: DeviceKind = "auto",
  options: DeviceOptions = {},
): Promise<ComputeDevice> {
  return (await chooseDevice(kind, options)).device;
}

/** A device, and in words why it is this one. */
export interface ChosenDevice {
  readonly device: Device;
  readonly reason: string;
}

const devices = { findAdapter, openWebGpu, openCpu };

/** {@linkcode openDevice} with the reason of the choice; `open` stands for the machine in tests. */
export async function chooseDevice(
  kind: DeviceKind,
  options: DeviceOptions = {},
  open: typeof devices = devices,
): Promise<ChosenDevice> {
  if (kind === "webgpu") return { device: await open.openWebGpu(options), reason: "as asked" };
  const cpu = async (reason: string) => ({ device: await open.openCpu(options), reason });
  if (kind === "cpu") return await cpu("as asked");
  const adapter = await open.findAdapter();
  if (!adapter) return await cpu("because there is no GPU");
  if (isSoftware(adapter)) {
    return await cpu("because there is no GPU but a software adapter, which is slower");
  }
  try {
    return { device: await open.openWebGpu(options), reason: "because there is a GPU" };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return await cpu(`because WebGPU failed: ${error.message}`);
  }
}
