// gradient_norm_last: the sum of all blocks, the second of two passes.
// Maths     sums[slot] = sum of partials
// Bindings  0 partials [blocks] read | 1 sums [slots] read_write
// Uniforms  count, slot, slots: u32; blocks = ceil(count / 16,384)
// Grid      one workgroup of 64 threads

const BLOCK = 16384u;

struct Uniforms { count: u32, slot: u32, slots: u32 }

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  let blocks = (uniforms.count + BLOCK - 1u) / BLOCK;
  var sum = 0.0;
  for (var i = thread; i < blocks; i += THREADS) { sum += partials[i]; }
  sum = reduceSum(thread, sum);
  if (thread == 0u) { sums[uniforms.slot] = sum; }
}
