// layerNorm: dropout, residual and layer normalisation of each row in one kernel.
// Maths     h = keepScale * x + residual, y = (h - mean(h)) * rstd * gamma + beta, rstd = 1 / sqrt(var(h) + epsilon)
// Paper     Ba, Kiros and Hinton 2016, arXiv:1607.06450; variance: Chan, Golub and LeVeque 1983
// Bindings  0 x [rows, hidden] read | 1 residual [rows, hidden] read, optional
//           2 gamma [hidden] read | 3 beta [hidden] read | 4 y [rows, hidden] write
//           5 sum [rows, hidden] write, optional: h | 6 stats [rows, 2] write, optional: mean and rstd
// Uniforms  rows, hidden: u32 (elements), epsilon: f32, the dropout uniforms of contract.ts
// Grid      one workgroup for 8 rows, 8 threads a row; folded over x and y
// Why       8 rows share each barrier; y holds h until it is normalised, so no row is too long for the kernel;
//           two passes, because the one-pass variance loses digits when |mean| is large, and the sum of deviations
//           corrects the mean for the same reason

override hasResidual: u32 = 0u;
override hasSum: u32 = 0u;
override hasStats: u32 = 0u;

struct Uniforms {
  rows: u32,
  hidden: u32,
  epsilon: f32,
  dropoutSeed: u32,
  dropoutMicroBatch: u32,
  dropoutStep: u32,
  dropoutSite: u32,
  dropoutThreshold: u32,
  dropoutScale: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> residual: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> sum: array<f32>;
@group(0) @binding(6) var<storage, read_write> stats: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const ROWS = 8u;
const LANES = 8u;
var<workgroup> partial: array<vec2f, ROWS * LANES>;

// The sum over the threads of a row, the same in each of them.
fn sumOfRow(thread: u32, value: vec2f) -> vec2f {
  workgroupBarrier();
  partial[thread] = value;
  workgroupBarrier();
  let first = thread / LANES * LANES;
  var total = vec2f(0.0);
  for (var lane = 0u; lane < LANES; lane++) { total += partial[first + lane]; }
  return total;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (wid.x + wid.y * nwg.x) * ROWS + thread / LANES;
  let lane = thread % LANES;
  let hidden = uniforms.hidden;
  let start = row * hidden;
  // Threads beyond the last row have nothing to do but to meet the others at the barriers.
  let columns = select(0u, hidden, row < uniforms.rows);
  let blocks = (columns + 3u) / 4u;

  var total = 0.0;
  for (var block = lane; block < blocks; block += LANES) {
    let scales = keepScales(row, block);
    let width = min(4u, hidden - block * 4u);
    for (var i = 0u; i < width; i++) {
      let at = start + block * 4u + i;
      var h = scales[i] * x[at];
      if (hasResidual == 1u) { h += residual[at]; }
      if (hasSum == 1u) { sum[at] = h; }
      y[at] = h;
      total += h;
    }
  }
  let roughMean = sumOfRow(thread, vec2f(total, 0.0)).x / f32(hidden);

  var deviations = vec2f(0.0);
  storageBarrier(); // what the threads of a row wrote to y is read by others
  for (var column = lane; column < columns; column += LANES) {
    let deviation = y[start + column] - roughMean;
    deviations += vec2f(deviation, deviation * deviation);
  }
  deviations = sumOfRow(thread, deviations) / f32(hidden);
  let mean = roughMean + deviations.x;
  let variance = max(deviations.y - deviations.x * deviations.x, 0.0);
  let rstd = 1.0 / sqrt(variance + uniforms.epsilon);

  for (var column = lane; column < columns; column += LANES) {
    let at = start + column;
    y[at] = (y[at] - mean) * rstd * gamma[column] + beta[column];
  }
  if (hasStats == 1u && lane == 0u && row < uniforms.rows) {
    stats[row * 2u] = mean;
    stats[row * 2u + 1u] = rstd;
  }
}
