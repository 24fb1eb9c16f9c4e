// layerNorm: dropout, residual and layer normalisation of each row in one kernel.
// Maths     h = keepScale * x + residual, y = (h - mean(h)) * rstd * gamma + beta, rstd = 1 / sqrt(var(h) + epsilon)
// Paper     Ba, Kiros and Hinton 2016, arXiv:1607.06450; variance: Chan, Golub and LeVeque 1983
// Bindings  0 x [rows, hidden] read | 1 residual [rows, hidden] read, optional
//           2 gamma [hidden] read | 3 beta [hidden] read, optional | 4 y [rows, hidden] write
//           5 sum [rows, hidden] write, optional: h | 6 stats [rows, 2] write, optional: mean and rstd
// Uniforms  rows, hidden: u32 (elements), epsilon: f32, the dropout uniforms of contract.ts
// Grid      that of rows.wgsl, folded over x and y
// Why       y holds h until it is normalised, so no row is too long for the kernel. Sums of squares lose digits when
//           |mean| is large; moments (count, mean, squared deviations from it) put together do not, in one pass. They are those of h as it is stored, or rows without variance would have one

override hasResidual: u32 = 0u;
override hasBeta: u32 = 0u;
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

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> residual: array<Stored>;
@group(0) @binding(2) var<storage, read> gamma: array<Element>;
@group(0) @binding(3) var<storage, read> beta: array<Element>;
@group(0) @binding(4) var<storage, read_write> y: array<Stored>;
@group(0) @binding(5) var<storage, read_write> sum: array<Stored>;
@group(0) @binding(6) var<storage, read_write> stats: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

// Count, mean, and the sum of squared deviations from it.
alias Partial = vec3f;

fn merge(a: Partial, b: Partial) -> Partial {
  let count = a.x + b.x;
  let share = b.x / max(count, 1.0);
  let difference = b.y - a.y;
  return Partial(count, a.y + difference * share, a.z + b.z + difference * difference * a.x * share);
}

fn momentsOf(h: Element) -> Partial {
  let mean = sumOf(h) / f32(WIDTH);
  let deviation = h - mean;
  return Partial(f32(WIDTH), mean, sumOf(deviation * deviation));
}

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
  // Threads beyond the last row have nothing to do but to meet the others.
  let inside = row < uniforms.rows;
  let end = select(0u, length, inside);

  var moments = Partial(0.0);
  for (var i = lane; i < end; i += lanes) {
    var h = keepElement(row, i) * Element(x[start + i]);
    if (hasResidual == 1u) { h += Element(residual[start + i]); }
    let stored = Stored(h);
    if (hasSum == 1u) { sum[start + i] = stored; } else { y[start + i] = stored; }
    moments = merge(moments, momentsOf(Element(stored)));
  }
  moments = mergeRow(thread, moments);
  let mean = moments.y;
  let rstd = 1.0 / sqrt(moments.z / f32(uniforms.hidden) + uniforms.epsilon);

  for (var i = lane; i < end; i += lanes) {
    var h: Element;
    if (hasSum == 1u) { h = Element(sum[start + i]); } else { h = Element(y[start + i]); }
    var normalised = (h - mean) * rstd * gamma[i];
    if (hasBeta == 1u) { normalised += beta[i]; }
    y[start + i] = Stored(normalised);
  }
  if (hasStats == 1u && lane == 0u && inside) {
    stats[row * 2u] = mean;
    stats[row * 2u + 1u] = rstd;
  }
}
