// cross_entropy_gradient: gradient of the loss with respect to a chunk of logits.
// Maths     dLogits = scale * (exp(x - max) / sum - [column = label]), 0 where the label is negative
// Bindings  0 logits [rows, columns] read | 1 labels [rows] read | 2 stats [rows, 3] read: max, sum, target
//           3 dLogits [rows, columns] write
// Uniforms  rows, columns, firstColumn: u32, scale: f32
// Grid      one workgroup of 64 threads a row, folded over x and y

struct Uniforms { rows: u32, columns: u32, firstColumn: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> dLogits: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = wid.x + wid.y * nwg.x;
  if (row >= uniforms.rows) { return; }
  let start = row * uniforms.columns;
  let label = labels[row];
  let largest = stats[row * 3u];
  let sum = stats[row * 3u + 1u];
  for (var c = thread; c < uniforms.columns; c += 64u) {
    var gradient = 0.0;
    if (label >= 0) {
      gradient = exp(logits[start + c] - largest) / sum;
      if (u32(label) == uniforms.firstColumn + c) { gradient -= 1.0; }
    }
    dLogits[start + c] = uniforms.scale * gradient;
  }
}
