// matmul_epilogue (prelude): what the kernels of matmul share, c = activation(a * b + bias + residual), plus the old c
// when accumulating.
// Maths     c[i, j] = activation(sum_p a[i, p] * b[p, j] + bias[j] + residual[i, j])
// Bindings  0 a [m, k] read, stored [k, m] with transposeA | 1 b [k, n] read, stored [n, k] with transposeB
//           2 bias [n] read | 3 residual [m, n] read | 4 c [m, n] read_write
//           5 preactivation [m, n] read_write: a * b + bias + residual, kept for backward
//           6 product read_write, scratch. 2, 3 and 5 are touched only if present.
// Uniforms  m: u32, n: u32, k: u32 (elements)
// Preludes  gelu.wgsl, and matmul_operands.ts: the buffers and aAt, bAt, cAt, putC ..., which move four
//           neighbouring elements, as one vec4f where the row length is a multiple of 4

override transposeA: u32 = 0u;
override transposeB: u32 = 0u;
override hasBias: u32 = 0u;
override hasResidual: u32 = 0u;
override hasPreactivation: u32 = 0u;
override accumulate: u32 = 0u;
override activation: u32 = 0u;

// The epilogue of the outputs at `row`, `column` to `column + 3`.
fn finish(row: u32, column: u32, sum: vec4f) {
  let at = row * uniforms.n + column;
  var value = sum;
  if (hasBias == 1u) { value += biasAt(column); }
  if (hasResidual == 1u) { value += residualAt(at); }
  if (hasPreactivation == 1u) { putPreactivation(at, column, value); }
  value = vec4f(
    activate(activation, value.x), activate(activation, value.y),
    activate(activation, value.z), activate(activation, value.w));
  if (accumulate == 1u) { value += cAt(at); }
  putC(at, column, value);
}
