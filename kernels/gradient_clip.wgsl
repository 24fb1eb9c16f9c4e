// gradient_clip: the global norm, the factor that clips it, and whether it is a number.
// Maths     norm = sqrt(sum of sums); factor = min(1, maxNorm / (norm + 1e-6)), 1 where maxNorm is 0
// Paper     Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063
// Bindings  0 sums [slots] read | 1 state [4] read_write: norm, factor, not finite (0 or 1), how many so far were not
// Uniforms  slots: u32, maxNorm: f32
// Grid      one thread
// Why       the exponent's bits tell what is not finite: WGSL may assume that there are no NaN and infinities

struct Uniforms { slots: u32, maxNorm: f32 }

@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read_write> state: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  var infinite = false;
  for (var slot = 0u; slot < uniforms.slots; slot++) {
    infinite |= (bitcast<u32>(sums[slot]) & 0x7f800000u) == 0x7f800000u;
    sum += sums[slot];
  }
  infinite |= (bitcast<u32>(sum) & 0x7f800000u) == 0x7f800000u;
  let norm = sqrt(sum);
  state[0] = norm;
  state[1] = 1.0;
  if (uniforms.maxNorm > 0.0) { state[1] = min(1.0, uniforms.maxNorm / (norm + 1e-6)); }
  state[2] = select(0.0, 1.0, infinite);
  state[3] += state[2];
}
