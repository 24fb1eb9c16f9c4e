/** The options by which a person says where to compute, and the line that says where it is and why. */

import type { CpuDevice } from "../../device/cpu/cpu_device.ts";
import type { NativeMatmul } from "../../device/cpu/native.ts";
import { MOST_THREADS } from "../../device/cpu/ring.ts";
import type { Device } from "../../device/device.ts";
import { chooseDevice } from "../../device/open.ts";
import { precisions } from "../../run/run_rules.ts";
import { findBlas } from "./blas.ts";
import { UsageError } from "../frame/command.ts";
import { choice, text, type Values, wholeNumber } from "../frame/options.ts";

/** The options of every command that computes. */
export const deviceOptions = {
  device: choice("where to compute", ["auto", "webgpu", "cpu"], { default: "auto" }),
  threads: wholeNumber("threads of the CPU device (default: as many as there are cores)", {
    min: 1,
    max: MOST_THREADS,
  }),
  blas: text(
    "PATH",
    "native BLAS library for the matrix products of the CPU device, or auto for what is installed; needs deno task blas",
  ),
};

/** Of commands that compute with a trained model. */
export const precisionOption = {
  precision: choice("what to compute with; f16 needs WebGPU with shader-f16", precisions, { default: "f32" }),
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
 * @throws {UsageError} for a BLAS library that the device has no use for
 * @throws {OptionError} for one without permission to call native code
 * @throws {DeviceError} if the device or the library is not there
 */
export async function openDevice(
  { device: kind, threads, blas }: DeviceRequest,
  choose = chooseDevice,
): Promise<OpenedDevice> {
  const native = await nativeMatmulOf({ device: kind, blas });
  const { device, reason } = await choose(native ? "cpu" : kind, { threads, native });
  const remark = device.kind === "cpu" ? `, ${(device as CpuDevice).remark}` : "";
  return { device, line: `Device: ${device.description}${remark}, ${reason}` };
}

/** The native product that was asked for; throws as {@linkcode openDevice} does. */
export async function nativeMatmulOf(
  { device, blas }: { readonly device: string; readonly blas: string | undefined },
): Promise<NativeMatmul | undefined> {
  if (blas === undefined) return undefined;
  if (device === "webgpu") {
    throw new UsageError("Expected another --device with --blas: WebGPU cannot use it.");
  }
  return await findBlas(blas);
}
