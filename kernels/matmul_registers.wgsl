// matmulRegisters: matmul for software adapters, by large tiles of registers.
// Maths, bindings and uniforms: matmul_operands.ts and matmul_epilogue.wgsl; product is scratch [tiles, 24, 24]
// Grid      one thread a tile of 24x24 outputs, tiles in row order, 8 threads a workgroup, folded over x and y
// Why       Mesa's software driver spends some 280 instructions on a vec4 load of 8 lanes, with its mask and bounds
//           checks, and little on arithmetic. So the tile is large (48 such loads for 2,304 multiply-adds), and
//           nothing goes through workgroup memory, whose loads cost nearly the same. The tile is 6x6 blocks of
//           mat4x4f named one by one, not an array: the driver did not unroll loops over an array, and one indexed
//           by a variable made compilation at least ten times slower. An epilogue inlined for each of the 144 vec4f
//           is slow to compile as well (a guarded addition alone: 5 s for 1.4 s), so the product waits in scratch,
//           which only its own thread reads, for a rolled loop over the tile.
// Order     each output is the sum over k in steps of 4, whatever the sizes and the grid.

// Rows row to row + 3 of a at columns p to p + 3, one row a matrix column; zero beyond k. What lies beyond m is
// not zeroed: it reaches only outputs that are never written.
fn blockOfA(row: u32, p: u32, inside: vec4<bool>) -> mat4x4f {
  let m = uniforms.m;
  let k = uniforms.k;
  var rows: mat4x4f;
  if (transposeA == 1u) {
    let at = p * m + row;
    rows = transpose(mat4x4f(aAt(at), aAt(at + m), aAt(at + 2u * m), aAt(at + 3u * m)));
  } else {
    let at = row * k + p;
    rows = mat4x4f(aAt(at), aAt(at + k), aAt(at + 2u * k), aAt(at + 3u * k));
  }
  let zero = vec4f();
  return mat4x4f(
    select(zero, rows[0], inside), select(zero, rows[1], inside),
    select(zero, rows[2], inside), select(zero, rows[3], inside));
}

// Rows p to p + 3 of b at columns column to column + 3, one row a matrix column; zero beyond k.
fn blockOfB(column: u32, p: u32, inside: vec4<bool>) -> mat4x4f {
  let n = uniforms.n;
  let k = uniforms.k;
  var rows: mat4x4f;
  if (transposeB == 1u) {
    let at = column * k + p;
    rows = transpose(mat4x4f(bAt(at), bAt(at + k), bAt(at + 2u * k), bAt(at + 3u * k)));
  } else {
    let at = p * n + column;
    rows = mat4x4f(bAt(at), bAt(at + n), bAt(at + 2u * n), bAt(at + 3u * n));
  }
  let zero = vec4f();
  return mat4x4f(
    select(zero, rows[0], inside.x), select(zero, rows[1], inside.y),
    select(zero, rows[2], inside.z), select(zero, rows[3], inside.w));
}

// Four rows of the product, one above the other; `at` counts vec4f in scratch, 6 a row of the tile.
fn keep(at: u32, block: mat4x4f) {
  product[at] = block[0];
  product[at + 6u] = block[1];
  product[at + 12u] = block[2];
  product[at + 18u] = block[3];
}

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = (wid.x + wid.y * nwg.x) * 8u + thread;
  let across = (uniforms.n + 23u) / 24u;
  let row = tile / across * 24u;
  let column = tile % across * 24u;
  // Threads beyond the last tile do nothing. The bound is tied to the row on purpose: Mesa's software driver
  // specialises a loop whose bound is a bare uniform to its value, and may compile it anew at each dispatch.
  let depth = select(0u, uniforms.k, row < uniforms.m);

  var c00: mat4x4f; var c01: mat4x4f; var c02: mat4x4f; var c03: mat4x4f; var c04: mat4x4f; var c05: mat4x4f;
  var c10: mat4x4f; var c11: mat4x4f; var c12: mat4x4f; var c13: mat4x4f; var c14: mat4x4f; var c15: mat4x4f;
  var c20: mat4x4f; var c21: mat4x4f; var c22: mat4x4f; var c23: mat4x4f; var c24: mat4x4f; var c25: mat4x4f;
  var c30: mat4x4f; var c31: mat4x4f; var c32: mat4x4f; var c33: mat4x4f; var c34: mat4x4f; var c35: mat4x4f;
  var c40: mat4x4f; var c41: mat4x4f; var c42: mat4x4f; var c43: mat4x4f; var c44: mat4x4f; var c45: mat4x4f;
  var c50: mat4x4f; var c51: mat4x4f; var c52: mat4x4f; var c53: mat4x4f; var c54: mat4x4f; var c55: mat4x4f;
  for (var p = 0u; p < depth; p += 4u) {
    let inside = p + vec4u(0u, 1u, 2u, 3u) < vec4u(uniforms.k);
    let b0 = blockOfB(column, p, inside);
    let b1 = blockOfB(column + 4u, p, inside);
    let b2 = blockOfB(column + 8u, p, inside);
    let b3 = blockOfB(column + 12u, p, inside);
    let b4 = blockOfB(column + 16u, p, inside);
    let b5 = blockOfB(column + 20u, p, inside);
    // A column of a block of a is a row of the operand, so b * a has the rows of the product as its columns.
    let a0 = blockOfA(row, p, inside);
    c00 += b0 * a0; c01 += b1 * a0; c02 += b2 * a0; c03 += b3 * a0; c04 += b4 * a0; c05 += b5 * a0;
    let a1 = blockOfA(row + 4u, p, inside);
    c10 += b0 * a1; c11 += b1 * a1; c12 += b2 * a1; c13 += b3 * a1; c14 += b4 * a1; c15 += b5 * a1;
    let a2 = blockOfA(row + 8u, p, inside);
    c20 += b0 * a2; c21 += b1 * a2; c22 += b2 * a2; c23 += b3 * a2; c24 += b4 * a2; c25 += b5 * a2;
    let a3 = blockOfA(row + 12u, p, inside);
    c30 += b0 * a3; c31 += b1 * a3; c32 += b2 * a3; c33 += b3 * a3; c34 += b4 * a3; c35 += b5 * a3;
    let a4 = blockOfA(row + 16u, p, inside);
    c40 += b0 * a4; c41 += b1 * a4; c42 += b2 * a4; c43 += b3 * a4; c44 += b4 * a4; c45 += b5 * a4;
    let a5 = blockOfA(row + 20u, p, inside);
    c50 += b0 * a5; c51 += b1 * a5; c52 += b2 * a5; c53 += b3 * a5; c54 += b4 * a5; c55 += b5 * a5;
  }

  let start = tile * 144u;
  keep(start, c00); keep(start + 1u, c01); keep(start + 2u, c02);
  keep(start + 3u, c03); keep(start + 4u, c04); keep(start + 5u, c05);
  keep(start + 24u, c10); keep(start + 25u, c11); keep(start + 26u, c12);
  keep(start + 27u, c13); keep(start + 28u, c14); keep(start + 29u, c15);
  keep(start + 48u, c20); keep(start + 49u, c21); keep(start + 50u, c22);
  keep(start + 51u, c23); keep(start + 52u, c24); keep(start + 53u, c25);
  keep(start + 72u, c30); keep(start + 73u, c31); keep(start + 74u, c32);
  keep(start + 75u, c33); keep(start + 76u, c34); keep(start + 77u, c35);
  keep(start + 96u, c40); keep(start + 97u, c41); keep(start + 98u, c42);
  keep(start + 99u, c43); keep(start + 100u, c44); keep(start + 101u, c45);
  keep(start + 120u, c50); keep(start + 121u, c51); keep(start + 122u, c52);
  keep(start + 123u, c53); keep(start + 124u, c54); keep(start + 125u, c55);
  let rows = min(24u, max(row, uniforms.m) - row);
  let columns = min(24u, uniforms.n - column);
  for (var i = 0u; i < rows; i++) {
    for (var j = 0u; j < columns; j += 4u) { finish(row + i, column + j, product[start + i * 6u + j / 4u]); }
  }
}
