// layerNormBackward, row pass: the gradients of what was normalised.
// Maths     xhat = (sum - mean) * rstd, g = dY * gamma, dH = rstd * (g - mean(g) - xhat * mean(g * xhat))
//           dX = keepScale * dH, dResidual = dH; each + what was there when its accumulate constant is 1
// Paper     Ba, Kiros and Hinton 2016, arXiv:1607.06450
// Bindings  0 dY [rows, hidden] read | 1 sum [rows, hidden] read | 2 stats [rows, 2] read | 3 gamma [hidden] read
//           4 dX [rows, hidden] read_write, optional | 5 dResidual [rows, hidden] read_write, optional
// Uniforms  rows, hidden: u32 (elements), epsilon: f32, the dropout uniforms of contract.ts
// Grid      one workgroup for 8 rows, 8 threads a row; folded over x and y
// Why       laid out as layer_norm.wgsl, and the mask is drawn again, so that it need not be stored

override accumulateX: u32 = 0u;
override accumulateResidual: u32 = 0u;
override hasDX: u32 = 0u;
override hasDResidual: u32 = 0u;

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

@group(0) @binding(0) var<storage, read> dY: array<f32>;
@group(0) @binding(1) var<storage, read> sum: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> gamma: array<f32>;
@group(0) @binding(4) var<storage, read_write> dX: array<f32>;
@group(0) @binding(5) var<storage, read_write> dResidual: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const ROWS = 8u;
const LANES = 8u;
var<workgroup> partial: array<vec2f, ROWS * LANES>;

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
  let inside = row < uniforms.rows;
  let columns = select(0u, hidden, inside);
  let blocks = (columns + 3u) / 4u;
  var mean = 0.0;
  var rstd = 0.0;
  if (inside) {
    mean = stats[row * 2u];
    rstd = stats[row * 2u + 1u];
  }

  var sums = vec2f(0.0);
  for (var column = lane; column < columns; column += LANES) {
    let g = dY[start + column] * gamma[column];
    sums += vec2f(g, g * (sum[start + column] - mean) * rstd);
  }
  partial[thread] = sums;
  workgroupBarrier();
  var means = vec2f(0.0);
  for (var i = 0u; i < LANES; i++) { means += partial[thread - lane + i]; }
  means /= f32(hidden);

  for (var block = lane; block < blocks; block += LANES) {
    var scales = vec4f(1.0);
    if (hasDX == 1u) { scales = keepScales(row, block); }
    let width = min(4u, hidden - block * 4u);
    for (var i = 0u; i < width; i++) {
      let column = block * 4u + i;
      let at = start + column;
      let dH = rstd * (dY[at] * gamma[column] - means.x - (sum[at] - mean) * rstd * means.y);
      if (hasDX == 1u) {
        var value = scales[i] * dH;
        if (accumulateX == 1u) { value += dX[at]; }
        dX[at] = value;
      }
      if (hasDResidual == 1u) {
        var value = dH;
        if (accumulateResidual == 1u) { value += dResidual[at]; }
        dResidual[at] = value;
      }
    }
  }
}
