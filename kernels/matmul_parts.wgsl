// matmulParts: adds up what matmul_shared.wgsl computed for each part of k, and finishes the outputs.
// Maths     a * b = sum over parts of product[part], the first part first
// Bindings and uniforms: matmul_operands.ts and matmul_epilogue.wgsl; product is scratch [parts, tiles, 64, 64]
// Grid      one thread four outputs of a row of a tile, 256 a workgroup, folded over x and y

override parts: u32 = 1u;

const TILE = 64u;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * 256u + thread;
  let across = (uniforms.n + TILE - 1u) / TILE;
  let tiles = across * ((uniforms.m + TILE - 1u) / TILE);
  let tile = index / (TILE * 16u);
  let row = tile / across * TILE + index / 16u % TILE;
  let column = tile % across * TILE + index % 16u * 4u;
  if (row >= uniforms.m || column >= uniforms.n) { return; }
  var sum = product[index];
  for (var part = 1u; part < parts; part++) { sum += product[part * tiles * TILE * 16u + index]; }
  finish(row, column, sum);
}
