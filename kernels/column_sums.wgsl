// columnSums, second pass: the sum of the blocks' sums.
// Maths     sums[c] = sum_b partials[b, c], and + sums[c] when accumulate is 1
// Bindings  0 partials [blocks, columns] read | 1 sums [columns] read_write
// Uniforms  rows, columns: u32 (numbers)
// Grid      that of row_blocks.wgsl, folded over x and y

override accumulate: u32 = 0u;

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> partials: array<Element>;
@group(0) @binding(1) var<storage, read_write> sums: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let length = uniforms.columns / WIDTH;
  var sum = sumOfBlocks(thread, column, uniforms.rows, length);
  if (column < length && thread < COLUMNS) {
    if (accumulate == 1u) { sum += sums[column]; }
    sums[column] = sum;
  }
}
