import { DeviceError } from "../../errors.ts";
import type { Profiler } from "../profile.ts";
import { WebGpuDevice } from "./webgpu_device.ts";

/** How to open a WebGPU device. */
export interface WebGpuOptions {
  /**
   * Ask for the adapter's own limits on buffer sizes in place of WebGPU's defaults (128 MiB a binding, 256 MiB a
   * buffer), which every adapter grants. Default: false.
   */
  readonly largeBuffers?: boolean;
  /** Take the kernels for adapters that compute on the CPU, or with `false` those for GPUs. Default: as the adapter is. */
  readonly software?: boolean;
  /**
   * Is told when each pass ran, where the adapter has timestamp queries; every dispatch is a compute pass of its own
   * then, which costs a little. Without it nothing is timed.
   */
  readonly profiler?: Profiler;
}

/** The WebGPU adapter, or undefined where there is none. */
export async function findAdapter(): Promise<GPUAdapter | undefined> {
  if (typeof navigator === "undefined" || !navigator.gpu) return undefined;
  return await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }) ?? undefined;
}

/** Whether an adapter computes on the CPU (Mesa's llvmpipe, SwiftShader, WARP). */
export function isSoftware(adapter: GPUAdapter): boolean {
  return adapter.info.isFallbackAdapter ||
    /llvmpipe|swiftshader|basic render/i.test(adapter.info.description);
}

/**
 * Opens the WebGPU device.
 *
 * @throws {DeviceError} where there is no adapter or it refuses
 */
export async function openWebGpu(
  { largeBuffers = false, software, profiler }: WebGpuOptions = {},
): Promise<WebGpuDevice> {
  const adapter = await findAdapter();
  if (!adapter) {
    throw new DeviceError(
      "No WebGPU adapter: install a Vulkan driver (Debian: mesa-vulkan-drivers and libvulkan1), or use --device cpu",
    );
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const wanted: GPUFeatureName[] = ["shader-f16", ...(profiler ? ["timestamp-query" as const] : [])];
  const requiredFeatures = wanted.filter((feature) => adapter.features.has(feature));
  const timed = requiredFeatures.includes("timestamp-query");
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      requiredFeatures,
      requiredLimits: largeBuffers ? { maxBufferSize, maxStorageBufferBindingSize } : {},
    });
  } catch (error) {
    throw new DeviceError(
      `The WebGPU adapter gave no device: ${error instanceof Error ? error.message : error}`,
    );
  }
  const description = `webgpu (${adapter.info.description || adapter.info.vendor})`;
  return new WebGpuDevice(device, description, {
    software: software ?? isSoftware(adapter),
    profiler: timed ? profiler : undefined,
  });
}
