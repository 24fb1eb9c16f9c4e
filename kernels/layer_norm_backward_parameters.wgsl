// layerNormBackward, parameter pass: the gradients of gamma and beta.
// Maths     dGamma[c] += sum_r dY[r, c] * (sum[r, c] - mean[r]) * rstd[r], dBeta[c] += sum_r dY[r, c]
// Bindings  0 dY [rows, hidden] read | 1 sum [rows, hidden] read | 2 stats [rows, 2] read: mean and rstd
//           3 dGamma [hidden] read_write, optional | 4 dBeta [hidden] read_write, optional
// Uniforms  rows, hidden: u32 (elements); epsilon and the dropout uniforms are not used
// Grid      one workgroup for 8 elements of a row: 256 threads, of which 32 share an element and take every 32nd row
// Why       the fixed order of column_sums.wgsl, two sums at once

override hasDGamma: u32 = 0u;
override hasDBeta: u32 = 0u;

struct Uniforms { rows: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> dY: array<Stored>;
@group(0) @binding(1) var<storage, read> sum: array<Stored>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> dGamma: array<Element>;
@group(0) @binding(4) var<storage, read_write> dBeta: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const COLUMNS = 8u;
const ROWS = 32u;
var<workgroup> partialGamma: array<Element, COLUMNS * ROWS>;
var<workgroup> partialBeta: array<Element, COLUMNS * ROWS>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let length = uniforms.hidden / WIDTH;
  let inside = column < length;

  var gammaSum = Element(0.0);
  var betaSum = Element(0.0);
  if (inside) {
    for (var row = thread / COLUMNS; row < uniforms.rows; row += ROWS) {
      let at = row * length + column;
      let upstream = Element(dY[at]);
      gammaSum += upstream * ((Element(sum[at]) - stats[row * 2u]) * stats[row * 2u + 1u]);
      betaSum += upstream;
    }
  }
  partialGamma[thread] = gammaSum;
  partialBeta[thread] = betaSum;
  workgroupBarrier();

  if (inside && thread < COLUMNS) {
    for (var i = 1u; i < ROWS; i++) {
      gammaSum += partialGamma[i * COLUMNS + thread];
      betaSum += partialBeta[i * COLUMNS + thread];
    }
    if (hasDGamma == 1u) { dGamma[column] += gammaSum; }
    if (hasDBeta == 1u) { dBeta[column] += betaSum; }
  }
}
