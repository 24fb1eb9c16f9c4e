// columnSums: the sum of each column.
// Maths     sums[c] = sum_r x[r, c], and + sums[c] when accumulate is 1
// Bindings  0 x [rows, columns] read | 1 sums [columns] read_write
// Uniforms  rows, columns: u32 (elements)
// Grid      one workgroup for 8 elements of a row: 256 threads, of which 32 share an element and take every 32nd row
// Why       a fixed order without atomics: 32 sums a column, then their sum; 8 elements are 128 bytes side by side

override accumulate: u32 = 0u;

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read_write> sums: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const COLUMNS = 8u;
const ROWS = 32u;
var<workgroup> partial: array<Element, COLUMNS * ROWS>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let length = uniforms.columns / WIDTH;
  let inside = column < length;

  var sum = Element(0.0);
  if (inside) {
    for (var row = thread / COLUMNS; row < uniforms.rows; row += ROWS) {
      sum += Element(x[row * length + column]);
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
