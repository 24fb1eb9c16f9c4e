// softmax: each row becomes a distribution.
// Maths     y = exp(x - max(x)) / sum(exp(x - max(x))), over the columns of a row
// Bindings  0 x [rows, columns] read | 1 y [rows, columns] write
// Uniforms  rows: u32, columns: u32 (elements)
// Grid      one workgroup of 64 threads a row, folded over x and y
// Why       the maximum is taken out first, so that no exp overflows

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
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

  var largest = -3.402823e38;
  for (var c = thread; c < uniforms.columns; c += THREADS) { largest = max(largest, x[start + c]); }
  largest = reduceMax(thread, largest);

  var sum = 0.0;
  for (var c = thread; c < uniforms.columns; c += THREADS) { sum += exp(x[start + c] - largest); }
  sum = reduceSum(thread, sum);

  for (var c = thread; c < uniforms.columns; c += THREADS) {
    y[start + c] = exp(x[start + c] - largest) / sum;
  }
}
