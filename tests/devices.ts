import { CpuDevice } from "../src/device/cpu/cpu_device.ts";
import { openCpu } from "../src/device/cpu/open.ts";
import type { Device } from "../src/device/device.ts";
import { findAdapter, openWebGpu, softwareBackend } from "../src/device/webgpu/open.ts";

const adapter = await findAdapter();
const hasAdapter = adapter !== undefined;
const hasF16 = adapter?.features.has("shader-f16") === true;

/** How much of WebGPU is tested on an adapter, and what its tests are called. */
export interface WebGpuTests {
  /** In the names of tests: `webgpu on Vulkan`. */
  readonly name: string;
  /**
   * Every how many lines of the products' shape table are proved. Most of them are pipelines of their own,
   * which OpenGL on the CPU compiles for two seconds each, several times as long as Vulkan there; all other
   * tables are proved whole.
   */
  readonly productStride: number;
}

/** What is tested on an adapter. */
export function testsOn(adapter: Parameters<typeof softwareBackend>[0] | undefined): WebGpuTests {
  const backend = adapter && softwareBackend(adapter);
  return {
    name: backend === undefined ? "webgpu" : `webgpu on ${backend}`,
    productStride: backend === "OpenGL" ? 8 : 1,
  };
}

/** What is tested on the adapter of this machine. */
export const webGpuTests = testsOn(adapter);
const webGpu = webGpuTests.name;

/** `deno task test -- --adapter-limits` tests with whatever buffer sizes the adapter grants. */
const largeBuffers = Deno.args.includes("--adapter-limits");

/**
 * Where every device test runs; WebGPU with its default limits unless told otherwise, so that what passes
 * here passes everywhere.
 */
const devices: { name: string; ignore: boolean; open: () => Promise<Device> }[] = [
  { name: "cpu", ignore: false, open: () => Promise.resolve(new CpuDevice()) },
  { name: "cpu, 2 threads", ignore: false, open: () => openCpu({ threads: 2 }) },
  { name: webGpu, ignore: !hasAdapter, open: () => openWebGpu({ largeBuffers }) },
];

/** The kernels that this machine's adapter would not take. */
const others: typeof devices = [
  { name: `${webGpu}, kernels for GPUs`, ignore: !hasAdapter, open: () => openWebGpu({ software: false }) },
];

/** Registers a test for each device; on a machine without an adapter the WebGPU one is skipped. */
export function testOnDevices(
  name: string,
  run: (device: Device) => Promise<void>,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  for (const { name: kind, ignore: lacking, open } of devices) {
    Deno.test(`${name} [${kind}]`, { ignore: ignore || lacking }, () => runOn(open, run));
  }
}

/**
 * Registers a test for the calling thread alone: for what other tests compute on all devices in nearly the
 * same form.
 */
export function testOnCpu(name: string, run: (device: Device) => Promise<void>): void {
  Deno.test(`${name} [cpu]`, () => runOn(() => Promise.resolve(new CpuDevice()), run));
}

/** Registers a test for the kernels that GPUs take, on whatever adapter there is. */
export function testKernelsForGpus(name: string, run: (device: Device) => Promise<void>): void {
  for (const { name: kind, ignore, open } of others) {
    Deno.test(`${name} [${kind}]`, { ignore }, () => runOn(open, run));
  }
}

/** Registers a test for the kernel of products that an adapter takes only if it was measured to be faster. */
export function testLargeTiles(name: string, run: (device: Device) => Promise<void>): void {
  const open = () => openWebGpu({ matmul: "shared-large" });
  Deno.test(`${name} [${webGpu}, large tiles]`, { ignore: !hasAdapter }, () => runOn(open, run));
}

/**
 * Registers a test for WebGPU with f16; on a machine without an adapter that has shader-f16 it is skipped.
 */
export function testInHalf(
  name: string,
  run: (device: Device) => Promise<void>,
  { ignore = false, allKernels = false }: { readonly ignore?: boolean; readonly allKernels?: boolean } = {},
): void {
  for (const { name: kind, open } of [...devices, ...allKernels ? others : []]) {
    if (!kind.startsWith("webgpu")) continue;
    Deno.test(`${name} [${kind}, f16]`, { ignore: ignore || !hasF16 }, () => runOn(open, run));
  }
}

async function runOn(open: () => Promise<Device>, run: (device: Device) => Promise<void>): Promise<void> {
  const device = await open();
  try {
    await run(device);
  } finally {
    device.destroy();
  }
}
