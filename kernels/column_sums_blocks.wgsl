// columnSums, first pass: the sums of each column over blocks of rows.
// Maths     partials[b, c] = sum of x[r, c] over the ROWS rows of block b
// Bindings  0 x [rows, columns] read | 1 partials [blocks, columns] write
// Uniforms  rows, columns: u32 (numbers)
// Grid      one thread an element (element.ts) of a block, 64 a workgroup, folded over x and y
// Why       a processor that runs neighbouring threads one after another reads 16 rows side by side, each of them from its
//           begin to its end, which it can fetch ahead; down a column it would wait for every row

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read_write> partials: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = (wid.x + wid.y * nwg.x) * 64u + thread;
  let length = uniforms.columns / WIDTH;
  let block = at / length;
  if (block * ROWS >= uniforms.rows) { return; }
  let begin = block * ROWS * length + at % length;
  let end = min(block * ROWS + ROWS, uniforms.rows) * length;
  var sum = Element(0.0);
  for (var i = begin; i < end; i += length) { sum += Element(x[i]); }
  partials[at] = sum;
}
