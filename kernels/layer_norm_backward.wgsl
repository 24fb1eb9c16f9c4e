// layerNormBackward, row pass: the gradients of what was normalised.
// Maths     xhat = (sum - mean) * rstd, g = dY * gamma, dH = rstd * (g - mean(g) - xhat * mean(g * xhat))
//           dX = keepScale * dH, dResidual = dH; each + what was there when its accumulate constant is 1
// Paper     Ba, Kiros and Hinton 2016, arXiv:1607.06450
// Bindings  0 dY [rows, hidden] read | 1 sum [rows, hidden] read | 2 stats [rows, 2] read | 3 gamma [hidden] read
//           4 dX [rows, hidden] read_write, optional | 5 dResidual [rows, hidden] read_write, optional
// Uniforms  rows, hidden: u32 (elements), epsilon: f32, the dropout uniforms of contract.ts
// Grid      that of rows.wgsl, folded over x and y
// Why       the dropout mask is drawn again, so that it need not be stored

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

@group(0) @binding(0) var<storage, read> dY: array<Stored>;
@group(0) @binding(1) var<storage, read> sum: array<Stored>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> gamma: array<Element>;
@group(0) @binding(4) var<storage, read_write> dX: array<Stored>;
@group(0) @binding(5) var<storage, read_write> dResidual: array<Stored>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

// The sums of g and of g * xhat.
alias Partial = vec2f;

fn merge(a: Partial, b: Partial) -> Partial { return a + b; }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (wid.x + wid.y * nwg.x) * (THREADS / lanes) + thread / lanes;
  let lane = thread % lanes;
  let length = uniforms.hidden / WIDTH;
  let start = row * length;
  let inside = row < uniforms.rows;
  let end = select(0u, length, inside);
  var mean = 0.0;
  var rstd = 0.0;
  if (inside) {
    mean = stats[row * 2u];
    rstd = stats[row * 2u + 1u];
  }

  var sums = Partial(0.0);
  for (var i = lane; i < end; i += lanes) {
    let g = Element(dY[start + i]) * gamma[i];
    sums += Partial(sumOf(g), sumOf(g * (Element(sum[start + i]) - mean)) * rstd);
  }
  let means = mergeRow(thread, sums) / f32(uniforms.hidden);

  for (var i = lane; i < end; i += lanes) {
    let at = start + i;
    let dH = rstd * (Element(dY[at]) * gamma[i] - means.x - (Element(sum[at]) - mean) * rstd * means.y);
    if (hasDX == 1u) {
      var value = keepElement(row, i) * dH;
      if (accumulateX == 1u) { value += Element(dX[at]); }
      dX[at] = Stored(value);
    }
    if (hasDResidual == 1u) {
      var value = dH;
      if (accumulateResidual == 1u) { value += Element(dResidual[at]); }
      dResidual[at] = Stored(value);
    }
  }
}
