// columnSums: the sum of each column.
// Maths     sums[c] = sum_r x[r, c], and + sums[c] when accumulate is 1
// Bindings  0 x [rows, columns] read | 1 sums [columns] read_write
// Uniforms  rows, columns: u32 (elements)
// Grid      one workgroup for 8 columns: 256 threads, of which 32 share a column and each takes every 32nd row
// Why       a fixed order without atomics: 32 sums a column, then their sum; 8 columns are one memory sector

override accumulate: u32 = 0u;

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const COLUMNS = 8u;
const ROWS = 32u;
var<workgroup> partial: array<f32, COLUMNS * ROWS>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let inside = column < uniforms.columns;

  var sum = 0.0;
  if (inside) {
    for (var row = thread / COLUMNS; row < uniforms.rows; row += ROWS) {
      sum += x[row * uniforms.columns + column];
    }
  }
  partial[thread] = sum;
  workgroupBarrier();

  if (inside && thread < COLUMNS) {
    for (var i = 1u; i < ROWS; i++) { sum += partial[i * COLUMNS + thread]; }
    if (accumulate == 1u) { sum += sums[column]; }
    sums[column] = sum;
  }
}
