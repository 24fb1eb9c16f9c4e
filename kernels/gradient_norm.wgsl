// gradient_norm: sum of squares, in two passes over blocks.
// Maths     first pass: partials[b] = sum of x² over block b; last pass: sums[slot] = sum of partials
// Bindings  0 x [count], in the last pass [blocks] read | 1 result: partials [blocks], in the last pass sums [slots]
// Uniforms  count, slot, slots: u32
// Grid      one workgroup of 64 threads a block of 16,384 elements, folded over x and y; one in the last pass
// Why       each thread adds 256 squares, then a tree adds threads and blocks: the error stays near one unit

override last: u32 = 0;

const BLOCK = 16384u;

struct Uniforms { count: u32, slot: u32, slots: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = wid.x + wid.y * nwg.x;
  let blocks = (uniforms.count + BLOCK - 1u) / BLOCK;
  if (block >= blocks) { return; }
  var sum = 0.0;
  if (last == 1u) {
    for (var i = thread; i < blocks; i += THREADS) { sum += x[i]; }
  } else {
    let end = min(uniforms.count, (block + 1u) * BLOCK);
    for (var i = block * BLOCK + thread; i < end; i += THREADS) { sum += x[i] * x[i]; }
  }
  sum = reduceSum(thread, sum);
  if (thread == 0u) { result[select(block, uniforms.slot, last == 1u)] = sum; }
}
