// gradient_clip: the global norm, the factor that clips it, and whether it is a number.
// Maths     norm = sqrt(sum of sums) / scale; factor = min(1, maxNorm / (norm + 1e-6)) / scale, 1 / scale where maxNorm is 0
//           a norm that is not finite: scale' = max(1, scale / 2); 2,000 that are: scale' = min(2^24, 2 scale)
// Paper     Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063; Micikevicius et al. 2018, arXiv:1710.03740
// Bindings  0 sums [slots] read | 1 state [4] read_write: norm, factor, not finite (0 or 1), how many so far were not
//           2 scaling [3] read_write, optional: scale of the loss, good steps in a row, steps skipped so far
// Uniforms  slots: u32, maxNorm: f32
// Grid      one thread
// Why       the exponent's bits tell what is not finite: WGSL may assume that there are no NaN and infinities

override hasScaling: u32 = 0u;

struct Uniforms { slots: u32, maxNorm: f32 }

@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read_write> state: array<f32>;
@group(0) @binding(2) var<storage, read_write> scaling: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const MOST_SCALE = 16777216.0;
const STEPS_TO_DOUBLE = 2000.0;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  var infinite = false;
  for (var slot = 0u; slot < uniforms.slots; slot++) {
    infinite |= (bitcast<u32>(sums[slot]) & 0x7f800000u) == 0x7f800000u;
    sum += sums[slot];
  }
  infinite |= (bitcast<u32>(sum) & 0x7f800000u) == 0x7f800000u;
  var scale = 1.0;
  if (hasScaling == 1u) { scale = scaling[0]; }
  let norm = sqrt(sum) / scale;
  var factor = 1.0;
  if (uniforms.maxNorm > 0.0) { factor = min(1.0, uniforms.maxNorm / (norm + 1e-6)); }
  state[0] = norm;
  state[1] = factor / scale;
  state[2] = select(0.0, 1.0, infinite);
  if (infinite && scale <= 1.0) { state[3] += 1.0; }
  if (hasScaling == 0u) { return; }
  if (infinite) {
    scaling[0] = max(1.0, scale / 2.0);
    scaling[1] = 0.0;
    if (scale > 1.0) { scaling[2] += 1.0; }
  } else if (scaling[1] + 1.0 < STEPS_TO_DOUBLE) {
    scaling[1] += 1.0;
  } else {
    scaling[0] = min(MOST_SCALE, scale * 2.0);
    scaling[1] = 0.0;
  }
}
