// loss_sum: add up what the rows lose.
// Maths     loss += scale * sum of losses
// Bindings  0 losses [rows] read | 1 loss [1] read_write
// Uniforms  rows: u32, scale: f32
// Grid      one workgroup of 64 threads

struct Uniforms { rows: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> losses: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var row = thread; row < uniforms.rows; row += THREADS) { sum += losses[row]; }
  sum = reduceSum(thread, sum);
  if (thread == 0u) { loss[0] += uniforms.scale * sum; }
}
