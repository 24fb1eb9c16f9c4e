/** The `--device` option: which device a command computes on, and why. */

import { CpuDevice } from "../device/cpu/cpu_device.ts";
import type { Device } from "../device/device.ts";
import { findAdapter, isSoftware, openWebGpu } from "../device/webgpu/open.ts";
import { DeviceError } from "../errors.ts";
import { choice } from "./options.ts";

const choices = ["auto", "webgpu", "cpu"] as const;

/** What a person can ask for. */
export type DeviceChoice = (typeof choices)[number];

/** The option of every command that computes. */
export const deviceOption = choice("where to compute", choices, { default: "auto" });

/** A device, and one line for the person on which it is and why. */
export interface OpenedDevice {
  readonly device: Device;
  readonly line: string;
}

const webGpu = { findAdapter, openWebGpu };

/**
 * Opens the device that was asked for; `auto` takes WebGPU where there is an adapter, else the CPU.
 *
 * @throws {DeviceError} if WebGPU was asked for and there is none
 */
export async function openDevice(asked: DeviceChoice, gpu: typeof webGpu = webGpu): Promise<OpenedDevice> {
  if (asked === "webgpu") return opened(await gpu.openWebGpu(), "as --device asks");
  if (asked === "cpu") return opened(new CpuDevice(), "as --device asks");
  const adapter = await gpu.findAdapter();
  if (!adapter) return opened(new CpuDevice(), "because there is no WebGPU adapter");
  const reason = isSoftware(adapter)
    ? "a software adapter, because it is faster than kernels in plain TypeScript"
    : "because there is a GPU";
  try {
    return opened(await gpu.openWebGpu(), reason);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return opened(new CpuDevice(), `because WebGPU failed: ${error.message}`);
  }
}

function opened(device: Device, reason: string): OpenedDevice {
  return { device, line: `Device: ${device.description}, ${reason}` };
}
