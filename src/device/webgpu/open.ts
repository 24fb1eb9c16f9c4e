import { DeviceError } from "../../errors.ts";
import { WebGpuDevice } from "./webgpu_device.ts";

/** How to open a WebGPU device. */
export interface WebGpuOptions {
  /**
   * Ask for the adapter's own limits on buffer sizes in place of WebGPU's defaults (128 MiB a binding, 256 MiB a
   * buffer), which every adapter grants. Default: false.
   */
  readonly largeBuffers?: boolean;
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
export async function openWebGpu({ largeBuffers = false }: WebGpuOptions = {}): Promise<WebGpuDevice> {
  const adapter = await findAdapter();
  if (!adapter) {
    throw new DeviceError(
      "No WebGPU adapter: install a Vulkan driver (Debian: mesa-vulkan-drivers and libvulkan1), or use --device cpu",
    );
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      requiredLimits: largeBuffers ? { maxBufferSize, maxStorageBufferBindingSize } : {},
    });
  } catch (error) {
    throw new DeviceError(
      `The WebGPU adapter gave no device: ${error instanceof Error ? error.message : error}`,
    );
  }
  return new WebGpuDevice(device, `webgpu (${adapter.info.description || adapter.info.vendor})`);
}
