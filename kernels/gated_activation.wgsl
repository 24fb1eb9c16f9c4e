// gatedActivation: one half of each row, activated, times the other.
// Maths     y = activation(x[row, 0]) * x[row, 1], for the activations of gelu.wgsl
// Paper     Shazeer 2020, arXiv:2002.05202
// Bindings  0 x [rows, 2, columns] read | 1 y [rows, columns] write
// Uniforms  rows, columns: u32 (elements)
// Grid      one thread an element of y, 64 a workgroup, folded over x and y

override activation: u32 = 0u;

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read_write> y: array<Stored>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * 64u + thread;
  let length = uniforms.columns / WIDTH;
  let row = index / length;
  if (row >= uniforms.rows) { return; }
  let at = 2u * row * length + index % length;
  y[index] = Stored(valueOf(Element(x[at])) * Element(x[at + length]));
}
