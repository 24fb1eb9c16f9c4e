/** The options by which a person says where to compute, and the line that says where it is and why. */

import type { CpuDevice } from "../device/cpu/cpu_device.ts";
import type { Device } from "../device/device.ts";
import { chooseDevice } from "../device/open.ts";
import { choice, type Values, wholeNumber } from "./options.ts";

/** The options of every command that computes. */
export const deviceOptions = {
  device: choice("where to compute", ["auto", "webgpu", "cpu"], { default: "auto" }),
  threads: wholeNumber("threads of the CPU device (default: as many as there are cores)", {
    min: 1,
    max: 64,
  }),
};

/** What a person asked for. */
export type DeviceRequest = Values<typeof deviceOptions>;

/** A device, and one line for the person on which it is and why. */
export interface OpenedDevice {
  readonly device: Device;
  readonly line: string;
}

/**
 * Opens the device that was asked for.
 *
 * @throws {DeviceError} if it is not there
 */
export async function openDevice(
  { device: kind, threads }: DeviceRequest,
  choose = chooseDevice,
): Promise<OpenedDevice> {
  const { device, reason } = await choose(kind, { threads });
  const remark = device.kind === "cpu" ? `, ${(device as CpuDevice).remark}` : "";
  return { device, line: `Device: ${device.description}${remark}, ${reason}` };
}
