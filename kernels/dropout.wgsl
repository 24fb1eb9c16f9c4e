// dropout: each element is zeroed with probability p, the others are scaled by 1 / (1 - p).
// Maths     y = keepScale(row, column) * x, and + y when accumulate is 1
// Paper     Srivastava et al., JMLR 15, 2014
// Bindings  0 x [rows, columns] read | 1 y [rows, columns] read_write
// Uniforms  rows, columns: u32 (elements), the dropout uniforms of contract.ts
// Grid      one thread an element of a row, 64 a workgroup, folded over x and y
// Why       a Philox block has four words, one for each of four neighbours

override accumulate: u32 = 0u;

struct Uniforms {
  rows: u32,
  columns: u32,
  dropoutSeed: u32,
  dropoutMicroBatch: u32,
  dropoutStep: u32,
  dropoutSite: u32,
  dropoutThreshold: u32,
  dropoutScale: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read_write> y: array<Stored>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * 64u + thread;
  let length = uniforms.columns / WIDTH;
  let row = index / length;
  if (row >= uniforms.rows) { return; }

  var value = keepElement(row, index % length) * Element(x[index]);
  if (accumulate == 1u) { value += Element(y[index]); }
  y[index] = Stored(value);
}
