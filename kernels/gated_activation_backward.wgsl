// gatedActivationBackward: the gradients of both halves.
// Maths     dX[row, 0] = dY * gate * activation'(x[row, 0]), dX[row, 1] = dY * activation(x[row, 0])
// Bindings  0 x [rows, 2, columns] read | 1 dY [rows, columns] read | 2 dX [rows, 2, columns] write
// Uniforms  rows, columns: u32 (elements)
// Grid      one thread an element of dY, 64 a workgroup, folded over x and y

override activation: u32 = 0u;

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> dY: array<Stored>;
@group(0) @binding(2) var<storage, read_write> dX: array<Stored>;
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
  let upstream = Element(dY[index]);
  let preactivation = Element(x[at]);
  dX[at] = Stored(upstream * Element(x[at + length]) * derivativeOf(preactivation));
  dX[at + length] = Stored(upstream * valueOf(preactivation));
}
