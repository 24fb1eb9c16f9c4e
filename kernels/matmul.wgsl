override transposeA: u32 = 0; override transposeB: u32 = 0; override accumulate: u32 = 0; override activation: u32 = 0;
override hasBias: u32 = 0; override hasResidual: u32 = 0; override hasPreactivation: u32 = 0;
struct Uniforms { m: u32, n: u32, k: u32 }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;
@group(0) @binding(5) var<storage, read_write> preactivation: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let group = wid.x + wid.y * nwg.x;
  let across = (uniforms.n + 15u) / 16u;
  let row = group / across * 16u + lid.y;
  let column = group % across * 16u + lid.x;
  if (row >= uniforms.m || column >= uniforms.n) { return; }
  var sum = 0.0;
  for (var i = 0u; i < uniforms.k; i++) {
    var x: f32; var y: f32;
    if (transposeA == 1u) { x = a[i * uniforms.m + row]; } else { x = a[row * uniforms.k + i]; }
    if (transposeB == 1u) { y = b[column * uniforms.k + i]; } else { y = b[i * uniforms.n + column]; }
    sum += x * y;
  }
  let at = row * uniforms.n + column;
  if (hasBias == 1u) { sum += bias[column]; }
  if (hasPreactivation == 1u) { preactivation[at] = sum; }
  sum = activate(activation, sum);
  if (hasResidual == 1u) { sum += residual[at]; }
  if (accumulate == 1u) { sum += c[at]; }
  c[at] = sum;
}
