// kl_divergence_gradient: gradient of the divergence with respect to the logits.
// Maths     dLogits = scale / T * (exp(logits / T - max) / sum - exp(targets / T - max') / sum')
// Bindings  0 logits [rows, columns] read | 1 targets [rows, columns] read | 2 stats [rows, 4] read: max, sum, max', sum'
//           3 dLogits [rows, columns] write | 4 scaling [3] read, optional: a factor of the scale, ...
// Uniforms  rows, columns: u32, temperature, scale: f32
// Grid      16 threads a row, 4 rows a workgroup, folded over x and y

override hasScaling: u32 = 0u;

struct Uniforms { rows: u32, columns: u32, temperature: f32, scale: f32 }

@group(0) @binding(0) var<storage, read> logits: array<Element>;
@group(0) @binding(1) var<storage, read> targets: array<Element>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> dLogits: array<Stored>;
@group(0) @binding(4) var<storage, read> scaling: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

override lanes: u32 = 1u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (wid.x + wid.y * nwg.x) * (64u / lanes) + thread / lanes;
  if (row >= uniforms.rows) { return; }
  let length = uniforms.columns / WIDTH;
  let begin = row * length;
  var scale = uniforms.scale / uniforms.temperature;
  if (hasScaling == 1u) { scale *= scaling[0]; }
  let given = scale / stats[row * 4u + 1u];
  let wanted = scale / stats[row * 4u + 3u];
  for (var at = begin + thread % lanes; at < begin + length; at += lanes) {
    let a = exp(logits[at] / uniforms.temperature - stats[row * 4u]);
    let b = exp(targets[at] / uniforms.temperature - stats[row * 4u + 2u]);
    dLogits[at] = Stored(given * a - wanted * b);
  }
}
