// columnSums, second pass: the sum of the blocks' sums.
// Maths     sums[c] = sum_b partials[b, c], and + sums[c] when accumulate is 1
// Bindings  0 partials [blocks, columns] read | 1 sums [columns] read_write
// Uniforms  rows, columns: u32 (numbers); blocks = ceil(rows / 16)
// Grid      one workgroup for 8 elements of a row: 256 threads, of which 32 share an element and take every 32nd block
// Why       a fixed order without atomics: 32 sums a column, then their sum; 8 elements are 128 bytes side by side

override accumulate: u32 = 0u;

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> partials: array<Element>;
@group(0) @binding(1) var<storage, read_write> sums: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const COLUMNS = 8u;
const STRANDS = 32u;
const ROWS = 16u;
var<workgroup> strands: array<Element, COLUMNS * STRANDS>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let length = uniforms.columns / WIDTH;
  let inside = column < length;
  let blocks = (uniforms.rows + ROWS - 1u) / ROWS;

  var sum = Element(0.0);
  if (inside) {
    for (var block = thread / COLUMNS; block < blocks; block += STRANDS) { sum += partials[block * length + column]; }
  }
  strands[thread] = sum;
  workgroupBarrier();

  if (inside && thread < COLUMNS) {
    for (var i = 1u; i < STRANDS; i++) { sum += strands[i * COLUMNS + thread]; }
    if (accumulate == 1u) { sum += sums[column]; }
    sums[column] = sum;
  }
}
