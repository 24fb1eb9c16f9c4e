// layerNormBackward, parameter pass: the gradients of gamma and beta.
// Maths     dGamma[c] += sum_r dY[r, c] * (sum[r, c] - mean[r]) * rstd[r], dBeta[c] += sum_r dY[r, c]
// Bindings  0 dY [rows, hidden] read | 1 sum [rows, hidden] read | 2 stats [rows, 2] read: mean and rstd
//           3 dGamma [hidden] read_write, optional | 4 dBeta [hidden] read_write, optional
// Uniforms  rows, hidden: u32 (elements); epsilon and the dropout uniforms are not used
// Grid      one workgroup for 8 columns: 256 threads, of which 32 share a column and each takes every 32nd row
// Why       the fixed order of column_sums.wgsl, two sums at once

override hasDGamma: u32 = 0u;
override hasDBeta: u32 = 0u;

struct Uniforms { rows: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> dY: array<f32>;
@group(0) @binding(1) var<storage, read> sum: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> dGamma: array<f32>;
@group(0) @binding(4) var<storage, read_write> dBeta: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const COLUMNS = 8u;
const ROWS = 32u;
var<workgroup> partial: array<vec2f, COLUMNS * ROWS>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let inside = column < uniforms.hidden;

  var sums = vec2f(0.0);
  if (inside) {
    for (var row = thread / COLUMNS; row < uniforms.rows; row += ROWS) {
      let at = row * uniforms.hidden + column;
      let upstream = dY[at];
      sums += vec2f(upstream * (sum[at] - stats[row * 2u]) * stats[row * 2u + 1u], upstream);
    }
  }
  partial[thread] = sums;
  workgroupBarrier();

  if (inside && thread < COLUMNS) {
    for (var i = 1u; i < ROWS; i++) { sums += partial[i * COLUMNS + thread]; }
    if (hasDGamma == 1u) { dGamma[column] += sums.x; }
    if (hasDBeta == 1u) { dBeta[column] += sums.y; }
  }
}
