import {
  isMatmulTable,
  matmulClasses,
  type MatmulTable,
  type MatmulVariant,
  matmulVariants,
  tableOf,
} from "../../../kernels/matmul_variants.ts";
import { DeviceError, OptionError } from "../../errors.ts";
import { Message, message, setting } from "../../message.ts";
import type { Profiler } from "../profile.ts";
import { WebGpuDevice } from "./webgpu_device.ts";

/** How to open a WebGPU device. */
export interface WebGpuOptions {
  /**
   * Ask for the adapter's own limits on buffer sizes in place of WebGPU's defaults (128 MiB a binding, 256
   * MiB a buffer), which every adapter grants. Default: false.
   */
  readonly largeBuffers?: boolean;
  /**
   * Take the kernels for adapters that compute on the CPU, or with `false` those for GPUs. Default: as the
   * adapter is.
   */
  readonly software?: boolean;
  /**
   * The kernel of matrix products, or that of each class of them. Default: what is usual on such an adapter.
   */
  readonly matmul?: MatmulVariant | MatmulTable;
  /**
   * Is told when each pass ran, where the adapter has timestamp queries; every dispatch is a compute pass of
   * its own then, which costs a little. Without it nothing is timed.
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

/** What may carry out WebGPU on Mesa's software adapter. */
export type SoftwareBackend = "Vulkan" | "OpenGL";

/**
 * What carries out WebGPU on Mesa's software adapter, which WebGPU itself does not tell: on OpenGL everything
 * takes several times as long. Undefined for any other adapter.
 */
export function softwareBackend(
  { info, limits }: { readonly info: Pick<GPUAdapterInfo, "description">; readonly limits: BindingLimits },
): SoftwareBackend | undefined {
  if (!/llvmpipe/i.test(info.description)) return undefined;
  // Vulkan has groups of bindings and a limit for them; OpenGL has neither, so wgpu gives the largest number
  // there is.
  return limits.maxBindingsPerBindGroup < 65_535 ? "Vulkan" : "OpenGL";
}

type BindingLimits = Pick<GPUSupportedLimits, "maxBindingsPerBindGroup">;

/** What a person would call the device of an adapter. */
export function describeAdapter({ info }: GPUAdapter): string {
  return `webgpu (${info.description || info.vendor})`;
}

/**
 * Opens the WebGPU device.
 *
 * @throws {DeviceError} where there is no adapter or it refuses
 * @throws {OptionError} for kernels that there are not
 */
export async function openWebGpu(
  { largeBuffers = false, software, matmul, profiler }: WebGpuOptions = {},
): Promise<WebGpuDevice> {
  const table = matmul === undefined ? undefined : checkedTable(matmul);
  const adapter = await findAdapter();
  if (!adapter) {
    throw new DeviceError(
      new Message(
        "No WebGPU adapter: install a Vulkan driver (Debian: mesa-vulkan-drivers and libvulkan1), ",
        message`or use ${setting("device", "cpu")}`,
      ),
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
  return new WebGpuDevice(device, describeAdapter(adapter), {
    software: software ?? isSoftware(adapter),
    matmul: table,
    profiler: timed ? profiler : undefined,
  });
}

/** Every class in the order of the classes, so that tables that say the same are the same JSON. */
function checkedTable(matmul: MatmulVariant | MatmulTable): MatmulTable {
  const table = typeof matmul === "string" ? tableOf(matmul) : matmul;
  if (!isMatmulTable(table)) {
    throw new OptionError(
      new Message(
        message`Expected ${setting("matmul")} to be ${matmulVariants.join(" or ")}, `,
        message`or one of them for each of ${matmulClasses}, but found ${JSON.stringify(matmul)}`,
      ),
    );
  }
  return Object.fromEntries(matmulClasses.map((name) => [name, table[name]])) as MatmulTable;
}
