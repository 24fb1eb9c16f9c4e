/**
 * Speed of the matmul kernel over the shapes of a small encoder, beside a kernel with one output a thread.
 *
 *     deno run --allow-read bench/matmul.ts [--json]
 *
 * A figure is 2mnk / t in GFLOP/s. Each measurement enqueues enough dispatches to take about a quarter of a second,
 * because waiting for the queue has a granularity of some 10 ms; the best of three counts, since other work on the
 * machine only ever makes it slower. Inputs are fixed, pipelines are warm, and sampled outputs are compared with
 * float64 before a figure counts: a dispatch that failed is very fast.
 *
 * @module
 */

import { type Call, elementsOf, type Pass } from "../kernels/contract.ts";
import { matmul } from "../kernels/matmul.ts";

interface Size {
  m: number;
  n: number;
  k: number;
}

const SIZES: Size[] = [
  { m: 512, n: 768, k: 768 },
  { m: 100, n: 384, k: 384 },
  { m: 300, n: 384, k: 384 },
  { m: 300, n: 1536, k: 384 },
  { m: 300, n: 384, k: 1536 },
  { m: 600, n: 1536, k: 384 },
  { m: 384, n: 384, k: 301 },
  { m: 1536, n: 384, k: 301 },
  { m: 17, n: 384, k: 384 },
  { m: 1, n: 384, k: 384 },
  { m: 300, n: 9, k: 384 },
];
const FORMS = {
  NT: { transposeA: 0, transposeB: 1 },
  NN: { transposeA: 0, transposeB: 0 },
  TN: { transposeA: 1, transposeB: 0 },
};
type Form = keyof typeof FORMS;

const NAIVE = `
override transposeA: u32 = 0u;
override transposeB: u32 = 0u;
struct Uniforms { m: u32, n: u32, k: u32 }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;
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

function naivePass({ m, n }: Size, form: Form): Pass {
  return {
    name: "naive",
    source: NAIVE,
    bindings: ["a", "b", "c"],
    constants: FORMS[form],
    workgroups: Math.ceil(m * n / 64),
  };
}

function callOf(size: Size, form: Form): Call {
  return {
    uniforms: { ...size },
    constants: { ...FORMS[form], accumulate: 0, activation: 0 },
    has: () => false,
  };
}

/** Seconds of one run of a pass; absent optional buffers are dummies. Throws where the output is wrong. */
async function secondsOf(
  device: GPUDevice,
  pass: Pass,
  { size, form }: { size: Size; form: Form },
): Promise<number> {
  const { STORAGE, UNIFORM } = GPUBufferUsage;
  const bufferOf = (data: BufferSource & { byteLength: number }, usage: number) => {
    const buffer = device.createBuffer({
      size: Math.max(16, data.byteLength),
      usage: usage | GPUBufferUsage.COPY_DST,
    });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: pass.source }), constants: pass.constants },
  });
  const uniforms = bufferOf(new Uint32Array([size.m, size.n, size.k, 0]), UNIFORM);
  const lengthOf = (name: "a" | "b" | "c") => elementsOf(matmul.buffers[name].shape, { ...size });
  const a = Float32Array.from({ length: lengthOf("a") }, (_, i) => Math.sin(i));
  const b = Float32Array.from({ length: lengthOf("b") }, (_, i) => Math.cos(i));
  const c = bufferOf(new Float32Array(lengthOf("c")), STORAGE | GPUBufferUsage.COPY_SRC);
  const given: Record<string, GPUBuffer> = { a: bufferOf(a, STORAGE), b: bufferOf(b, STORAGE), c };
  const names = ["a", "b", "bias", "residual", "c", "preactivation", "product"];
  const scratch: Record<string, number> = matmul.scratch(callOf(size, form));
  const entries = pass.bindings.map((name) => ({
    binding: names.indexOf(name),
    resource: { buffer: given[name] ??= bufferOf(new Float32Array(scratch[name] ?? 4), STORAGE) },
  }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const uniformGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(1),
    entries: [{ binding: 0, resource: { buffer: uniforms } }],
  });

  const run = async (times: number) => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < times; i++) {
      const compute = encoder.beginComputePass();
      compute.setPipeline(pipeline);
      compute.setBindGroup(0, group);
      compute.setBindGroup(1, uniformGroup);
      compute.dispatchWorkgroups(Math.min(pass.workgroups, 65535), Math.ceil(pass.workgroups / 65535));
      compute.end();
    }
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  await run(1);
  check(await read(device, c), { a, b, size, form });
  const times = Math.ceil(0.25 / (await run(4) / 4));
  let best = Infinity;
  for (let i = 0; i < 3; i++) best = Math.min(best, await run(times) / times);
  for (const buffer of [...Object.values(given), uniforms]) buffer.destroy();
  return best;
}

async function read(device: GPUDevice, buffer: GPUBuffer): Promise<Float32Array> {
  const { MAP_READ, COPY_DST } = GPUBufferUsage;
  const staging = device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const data = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return data;
}

/** Compares outputs spread over all of c with float64 sums. */
function check(
  c: Float32Array,
  { a, b, size: { m, n, k }, form }: { a: Float32Array; b: Float32Array; size: Size; form: Form },
): void {
  const { transposeA, transposeB } = FORMS[form];
  for (let i = 0; i < 200; i++) {
    const at = Math.floor((m * n - 1) * i / 199);
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    let magnitude = 0;
    for (let p = 0; p < k; p++) {
      const product = a[transposeA ? p * m + row : row * k + p] *
        b[transposeB ? column * k + p : p * n + column];
      sum += product;
      magnitude += Math.abs(product);
    }
    if (!(Math.abs(c[at] - sum) <= 2e-6 * magnitude)) {
      throw new Error(
        `${form} ${m}x${n}x${k}: expected ${sum} at row ${row}, column ${column}, found ${c[at]}`,
      );
    }
  }
}

const adapter = await navigator.gpu?.requestAdapter();
if (!adapter) {
  console.error("No WebGPU adapter here: bench/matmul.ts measures the WGSL kernel only.");
  Deno.exit(1);
}
const device = await adapter.requestDevice();
device.addEventListener("uncapturederror", (event) => {
  throw (event as GPUUncapturedErrorEvent).error;
});
const rows: Record<string, string | number>[] = [];
for (const size of SIZES) {
  const gigaflop = 2 * size.m * size.n * size.k / 1e9;
  for (const form of Object.keys(FORMS) as Form[]) {
    const tiled = await secondsOf(device, matmul.passes(callOf(size, form))[0], { size, form });
    const naive = size === SIZES[0]
      ? await secondsOf(device, naivePass(size, form), { size, form })
      : undefined;
    rows.push({
      form,
      "m x n x k": `${size.m} x ${size.n} x ${size.k}`,
      milliseconds: Number((tiled * 1000).toFixed(3)),
      "GFLOP/s": Number((gigaflop / tiled).toFixed(2)),
      ...(naive && { "naive GFLOP/s": Number((gigaflop / naive).toFixed(2)) }),
    });
  }
}
if (Deno.args.includes("--json")) console.log(JSON.stringify({ adapter: adapter.info.description, rows }));
else {
  console.log(adapter.info.description);
  console.table(rows);
}
device.destroy();
