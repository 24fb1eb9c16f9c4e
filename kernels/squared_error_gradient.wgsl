// squared_error_gradient: gradient of the squared distance with respect to x.
// Maths     dX = 2 scale (x - target), and + dX when accumulate is 1
// Bindings  0 x [rows, columns] read | 1 targets [rows, columns] read | 2 dX [rows, columns] read_write
//           3 scaling [3] read, optional: a factor of the scale, ...
// Uniforms  rows, columns: u32, scale: f32
// Grid      one thread an element (element.ts), 64 a workgroup, folded over x and y

override accumulate: u32 = 0u;
override hasScaling: u32 = 0u;

struct Uniforms { rows: u32, columns: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> targets: array<Stored>;
@group(0) @binding(2) var<storage, read_write> dX: array<Stored>;
@group(0) @binding(3) var<storage, read> scaling: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.x + wid.y * nwg.x) * 64u + thread;
  if (i >= uniforms.rows * uniforms.columns / WIDTH) { return; }
  var factor = 2.0 * uniforms.scale;
  if (hasScaling == 1u) { factor *= scaling[0]; }
  var value = factor * (Element(x[i]) - Element(targets[i]));
  if (accumulate == 1u) { value += Element(dX[i]); }
  dX[i] = Stored(value);
}
