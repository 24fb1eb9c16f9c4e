// matmulParts: adds up what matmul_shared.wgsl computed for each part of k, and finishes the outputs.
// Maths     a * b = sum over parts of product[part], the first part first
// Bindings and uniforms: matmul_operands.ts and matmul_epilogue.wgsl; product is scratch [parts, tiles, TILE, TILE]
// Preludes  TILE of matmul.ts, as matmul_shared.wgsl has it
// Grid      one thread four outputs of a row of a tile, 256 a workgroup, folded over x and y

override parts: u32 = 1u;

const WIDE = TILE / 4u;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * 256u + thread;
  let across = (uniforms.n + TILE - 1u) / TILE;
  let tiles = across * ((uniforms.m + TILE - 1u) / TILE);
  let tile = index / (TILE * WIDE);
  let row = tile / across * TILE + index / WIDE % TILE;
  let column = tile % across * TILE + index % WIDE * 4u;
  if (row >= uniforms.m || column >= uniforms.n) { return; }
  var sum = product[index];
  for (var part = 1u; part < parts; part++) { sum += product[part * tiles * TILE * WIDE + index]; }
  finish(row, column, sum);
}
