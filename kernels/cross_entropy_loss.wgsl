// cross_entropy_loss: add up what the rows lose.
// Maths     loss += scale * sum over rows with label >= 0 of (max + log(sum) - target)
// Bindings  0 stats [rows, 3] read: max, sum, target | 1 labels [rows] read | 2 loss [1] read_write
// Uniforms  rows: u32, scale: f32
// Grid      one workgroup of 64 threads

struct Uniforms { rows: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var row = thread; row < uniforms.rows; row += THREADS) {
    if (labels[row] >= 0) { sum += stats[row * 3u] + log(stats[row * 3u + 1u]) - stats[row * 3u + 2u]; }
  }
  sum = reduceSum(thread, sum);
  if (thread == 0u) { loss[0] += uniforms.scale * sum; }
}
