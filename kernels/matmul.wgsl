// matmul: c = activation(a * b + bias) + residual, plus the old c when accumulating.
// Maths     c[i, j] = activation(sum_p a[i, p] * b[p, j] + bias[j]) + residual[i, j]
// Bindings  0 a [m, k] read, stored [k, m] with transposeA | 1 b [k, n] read, stored [n, k] with transposeB
//           2 bias [n] read | 3 residual [m, n] read | 4 c [m, n] read_write
//           5 preactivation [m, n] read_write: a * b + bias, kept for backward. 2, 3 and 5 are touched only if present.
// Uniforms  m: u32, n: u32, k: u32 (elements)
// Prelude   gelu.wgsl, and matmul_operands.ts: the buffers and aAt, bAt, biasAt, residualAt, cAt, putC, putPreactivation,
//           which move four neighbouring elements, as one vec4f where the row length is a multiple of 4
// Grid      one thread a tile of 16x16 outputs, tiles in row order, 8 threads a workgroup, folded over x and y
// Why       a software adapter pays about 35 instructions for each lane of a load and next to nothing for arithmetic, so the
//           tile is large (32 vec4 loads for 4,096 multiply-adds), all loads are vec4 and nothing goes through workgroup
//           memory, whose loads cost the same. The tile is 4x4 blocks of mat4x4f named one by one, not an array: the
//           driver does not unroll loops over it, and indexing by a variable would send it through memory. For the same
//           reason the product is first written to c as it is, and a rolled loop then reads it back for the epilogue:
//           GELU inlined 64 times takes the driver seconds to compile.
// Order     each output is the sum over k in steps of 4, the same for every size and device grid.

override transposeA: u32 = 0u;
override transposeB: u32 = 0u;
override hasBias: u32 = 0u;
override hasResidual: u32 = 0u;
override hasPreactivation: u32 = 0u;
override accumulate: u32 = 0u;
override activation: u32 = 0u;

// Rows row to row + 3 of a at columns p to p + 3, one row a matrix column; zero beyond k. What lies beyond m is not
// zeroed: it reaches only outputs that are never written.
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

fn putRow(row: u32, column: u32, value: vec4f) {
  if (row < uniforms.m && column < uniforms.n) {
    let at = row * uniforms.n + column;
    var sum = value;
    if (accumulate == 1u) { sum += cAt(at); }
    putC(at, column, sum);
  }
}

fn putBlock(row: u32, column: u32, block: mat4x4f) {
  putRow(row, column, block[0]);
  putRow(row + 1u, column, block[1]);
  putRow(row + 2u, column, block[2]);
  putRow(row + 3u, column, block[3]);
}

fn finish(row: u32, column: u32) {
  let at = row * uniforms.n + column;
  var value = cAt(at);
  if (hasBias == 1u) { value += biasAt(column); }
  if (hasPreactivation == 1u) { putPreactivation(at, column, value); }
  value = vec4f(
    activate(activation, value.x), activate(activation, value.y),
    activate(activation, value.z), activate(activation, value.w));
  if (hasResidual == 1u) { value += residualAt(at); }
  putC(at, column, value);
}

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = (wid.x + wid.y * nwg.x) * 8u + thread;
  let across = (uniforms.n + 15u) / 16u;
  let row = tile / across * 16u;
  let column = tile % across * 16u;
  // Threads beyond the last tile do nothing. The bound is tied to the row on purpose: Mesa's software driver compiles
  // a loop whose bound is a bare uniform anew for each value of it, at times for each dispatch.
  let depth = select(0u, uniforms.k, row < uniforms.m);

  var c00: mat4x4f; var c01: mat4x4f; var c02: mat4x4f; var c03: mat4x4f;
  var c10: mat4x4f; var c11: mat4x4f; var c12: mat4x4f; var c13: mat4x4f;
  var c20: mat4x4f; var c21: mat4x4f; var c22: mat4x4f; var c23: mat4x4f;
  var c30: mat4x4f; var c31: mat4x4f; var c32: mat4x4f; var c33: mat4x4f;
  for (var p = 0u; p < depth; p += 4u) {
    let inside = p + vec4u(0u, 1u, 2u, 3u) < vec4u(uniforms.k);
    let b0 = blockOfB(column, p, inside);
    let b1 = blockOfB(column + 4u, p, inside);
    let b2 = blockOfB(column + 8u, p, inside);
    let b3 = blockOfB(column + 12u, p, inside);
    // A column of a block of a is a row of the operand, so b * a has the rows of the product as its columns.
    let a0 = blockOfA(row, p, inside);
    c00 += b0 * a0; c01 += b1 * a0; c02 += b2 * a0; c03 += b3 * a0;
    let a1 = blockOfA(row + 4u, p, inside);
    c10 += b0 * a1; c11 += b1 * a1; c12 += b2 * a1; c13 += b3 * a1;
    let a2 = blockOfA(row + 8u, p, inside);
    c20 += b0 * a2; c21 += b1 * a2; c22 += b2 * a2; c23 += b3 * a2;
    let a3 = blockOfA(row + 12u, p, inside);
    c30 += b0 * a3; c31 += b1 * a3; c32 += b2 * a3; c33 += b3 * a3;
  }

  putBlock(row, column, c00); putBlock(row, column + 4u, c01);
  putBlock(row, column + 8u, c02); putBlock(row, column + 12u, c03);
  putBlock(row + 4u, column, c10); putBlock(row + 4u, column + 4u, c11);
  putBlock(row + 4u, column + 8u, c12); putBlock(row + 4u, column + 12u, c13);
  putBlock(row + 8u, column, c20); putBlock(row + 8u, column + 4u, c21);
  putBlock(row + 8u, column + 8u, c22); putBlock(row + 8u, column + 12u, c23);
  putBlock(row + 12u, column, c30); putBlock(row + 12u, column + 4u, c31);
  putBlock(row + 12u, column + 8u, c32); putBlock(row + 12u, column + 12u, c33);

  if (hasBias + hasResidual + hasPreactivation + activation == 0u) { return; }
  for (var i = row; i < min(row + 16u, uniforms.m); i++) {
    for (var j = column; j < min(column + 16u, uniforms.n); j += 4u) { finish(i, j); }
  }
}
