import { openDevice } from "../../src/cli/device/device.ts";
import type { Device } from "../../src/device/device.ts";
import { chooseDevice } from "../../src/device/open.ts";
import type { Profiler } from "../../src/device/profile.ts";

/** What a measurement runs on. */
export interface DeviceRequest {
  readonly device: "webgpu" | "cpu";
  /** Threads of the CPU device; by default what it takes itself. */
  readonly threads?: number;
  /** Native BLAS for the CPU device's matmul: the path of a library, or `auto`. */
  readonly blas?: string;
}

/** A device and what it says of itself. */
export interface BenchDevice {
  readonly device: Device;
  /** Description, threads of a CPU device, and why this one. */
  readonly name: string;
}

/**
 * Opens the device of a measurement.
 *
 * @throws {Error} if it is not what was asked for: a figure under the wrong name is worse than none
 */
export async function openBenchDevice(
  { device: kind, threads, blas }: DeviceRequest,
  { profiler }: { readonly profiler?: Profiler } = {},
): Promise<BenchDevice> {
  const { device, line } = await openDevice(
    { device: kind, threads, blas },
    (kind, options) => chooseDevice(kind, { ...options, profiler }),
  );
  if (threads !== undefined && !new RegExp(`, ${threads} threads?,`).test(line)) {
    device.destroy();
    throw new Error(`Expected ${threads} threads but found ${line}`);
  }
  return { device, name: line.replace("Device: ", "") };
}

/** The options of a command line that {@linkcode deviceRequest} reads. */
export const deviceOptions = {
  device: { type: "string", default: "cpu" },
  threads: { type: "string" },
  blas: { type: "string" },
} as const;

/** What `--device`, `--threads` and `--blas` ask for. */
export function deviceRequest(
  { device, threads, blas }: { device: string; threads?: string; blas?: string },
): DeviceRequest {
  if (device !== "cpu" && device !== "webgpu") {
    throw new Error(`Expected --device to be cpu or webgpu but found ${device}`);
  }
  return { device, threads: threads === undefined ? undefined : Number(threads), blas };
}

/** The same as arguments for another process. */
export function deviceArguments({ device, threads, blas }: DeviceRequest): string[] {
  return [
    ...["--device", device],
    ...(threads === undefined ? [] : ["--threads", String(threads)]),
    ...(blas === undefined ? [] : ["--blas", blas]),
  ];
}
