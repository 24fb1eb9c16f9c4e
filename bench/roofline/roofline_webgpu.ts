import { DeviceError } from "../../src/errors.ts";
import { findAdapter } from "../../src/device/webgpu/open.ts";
import { bestRate, COPIED_BYTES, type Roofline } from "./roofline.ts";

/**
 * Scalars that depend on nothing but themselves, in a thread; a software adapter keeps each in one vector
 * register.
 */
const CHAINS = 12;
/** Steps of every chain. */
const STEPS = 2048;
/** Workgroups of 64 threads: enough for every processor of a GPU. */
const GROUPS = 4096;

/** x = x * 0.75 + 0.25 in every chain: towards 1, so that no number is ever subnormal. */
const chains = Array.from({ length: CHAINS }, (_, i) => `x${i}`);
const PEAK = `
@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let start = f32(id.x);
  ${chains.map((x, i) => `var ${x} = start + ${i}.0;`).join(" ")}
  for (var step = 0u; step < ${STEPS / 4}u; step++) {
    ${
  Array.from({ length: 4 }, () => chains.map((x) => `${x} = fma(${x}, 0.75, 0.25);`).join(" ")).join("\n    ")
}
  }
  sums[id.x] = ${chains.join(" + ")};
}`;

/** An element a thread; which of them is faster is the adapter's secret, and the faster one counts. */
const copies = (["f32", "vec4f"] as const).map((element) => ({
  elementBytes: element === "f32" ? 4 : 16,
  code: `
@group(0) @binding(0) var<storage, read> source: array<${element}>;
@group(0) @binding(1) var<storage, read_write> copy: array<${element}>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) i: u32) {
  let at = (wid.x + wid.y * nwg.x) * 64u + i;
  if (at < arrayLength(&source)) { copy[at] = source[at]; }
}`,
}));

/**
 * Measures the first adapter on a device of its own.
 *
 * @throws {DeviceError} if there is no adapter
 * @throws {Error} if a kernel did not run: one that failed is very fast
 */
export async function webGpuRoofline(): Promise<Roofline> {
  const adapter = await findAdapter();
  if (!adapter) throw new DeviceError("Expected a WebGPU adapter but found none: use --device cpu");
  const device = await adapter.requestDevice();
  device.pushErrorScope("validation");
  const usage = GPUBufferUsage.STORAGE;
  const half = COPIED_BYTES.at(-1)! / 2;
  const [from, to] = [half, half].map((size) => device.createBuffer({ size, usage }));
  const prepare = (code: string, buffers: GPUBindingResource[], groups: number) => {
    const pipeline = device.createComputePipeline({
      layout: "auto",
      compute: { module: device.createShaderModule({ code }) },
    });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((resource, binding) => ({ binding, resource })),
    });
    return async (times: number) => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      const rows = Math.ceil(groups / 65_535);
      for (let i = 0; i < times; i++) pass.dispatchWorkgroups(Math.ceil(groups / rows), rows);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    };
  };
  const amount = GROUPS * 64 * CHAINS * STEPS * 2;
  const flops = await bestRate(prepare(PEAK, [{ buffer: to }], GROUPS), { amount });
  const rates = [];
  for (const bytes of COPIED_BYTES) {
    const bound = [from, to].map((buffer) => ({ buffer, size: bytes / 2 }));
    let copied = 0;
    for (const { code, elementBytes } of copies) {
      const groups = bytes / 2 / elementBytes / 64;
      copied = Math.max(copied, await bestRate(prepare(code, bound, groups), { amount: bytes }));
    }
    rates.push({ bytes, rate: copied / 1e6 });
  }
  const error = await device.popErrorScope();
  device.destroy();
  if (error) throw new Error(`The WebGPU device failed at the kernels of the roofline: ${error.message}`);
  return { gigaflops: flops / 1e6, copies: rates };
}
