// dropout: each element is zeroed with probability p, the others are scaled by 1 / (1 - p).
// Maths     y = keepScale(row, column) * x, and + y when accumulate is 1
// Paper     Srivastava et al., JMLR 15, 2014
// Bindings  0 x [rows, columns] read | 1 y [rows, columns] read_write
// Uniforms  rows, columns: u32 (elements), the dropout uniforms of contract.ts
// Grid      one thread for four columns of a row, 64 a workgroup, folded over x and y
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

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * 64u + thread;
  let blocks = (uniforms.columns + 3u) / 4u;
  let row = index / blocks;
  let block = index % blocks;
  if (row >= uniforms.rows) { return; }

  let scales = keepScales(row, block);
  let start = row * uniforms.columns + block * 4u;
  let width = min(4u, uniforms.columns - block * 4u);
  for (var i = 0u; i < width; i++) {
    var value = scales[i] * x[start + i];
    if (accumulate == 1u) { value += y[start + i]; }
    y[start + i] = value;
  }
}
