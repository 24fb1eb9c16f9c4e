import { checkProduct, type Form, FORMS, operands, type Size } from "./matmul_time.ts";
import { type Spread, spread } from "./statistics.ts";

/** One output a thread, no tile: what the kernel of kernels/matmul.wgsl is measured against. */
const SOURCE = `
override transposeA: u32 = 0u;
override transposeB: u32 = 0u;
struct Uniforms { m: u32, n: u32, k: u32 }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> uniforms: Uniforms;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x / uniforms.n;
  let column = id.x % uniforms.n;
  if (row >= uniforms.m) { return; }
  var sum = 0.0;
  for (var p = 0u; p < uniforms.k; p++) {
    let x = a[select(row * uniforms.k + p, p * uniforms.m + row, transposeA == 1u)];
    let y = b[select(p * uniforms.n + column, column * uniforms.k + p, transposeB == 1u)];
    sum += x * y;
  }
  c[id.x] = sum;
}`;

/** Milliseconds of one product of the naive kernel on the first WebGPU adapter. */
export async function timeNaive(
  size: Size,
  { form, repeats }: { form: Form; repeats: number },
): Promise<Spread> {
  const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const { a, b } = operands(size);
  const bytes = size.m * size.n * 4;
  const bufferOf = (data: Float32Array | Uint32Array, usage: number) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: usage | COPY_DST });
    device.queue.writeBuffer(buffer, 0, data as BufferSource);
    return buffer;
  };
  const c = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC });
  const uniforms = bufferOf(new Uint32Array([size.m, size.n, size.k, 0]), UNIFORM);
  const buffers = [bufferOf(a, STORAGE), bufferOf(b, STORAGE), c, uniforms];
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: SOURCE }), constants: FORMS[form] },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const run = async () => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.ceil(size.m * size.n / 64));
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await run();
  const staging = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(c, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  checkProduct(new Float32Array(staging.getMappedRange()), { a, b, size, form });
  const milliseconds: number[] = [];
  for (let i = 0; i < repeats; i++) milliseconds.push(await run());
  device.destroy();
  return spread(milliseconds);
}
