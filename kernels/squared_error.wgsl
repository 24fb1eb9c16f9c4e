// squared_error: the squared distance of each row from its target.
// Maths     losses = sum over columns of (x - target)^2
// Bindings  0 x [rows, columns] read | 1 targets [rows, columns] read | 2 losses [rows] write
// Uniforms  rows, columns: u32
// Grid      that of rows.wgsl, folded over x and y

alias Partial = f32;

fn merge(a: Partial, b: Partial) -> Partial { return a + b; }

struct Uniforms { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> targets: array<Stored>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (wid.x + wid.y * nwg.x) * (THREADS / lanes) + thread / lanes;
  let inside = row < uniforms.rows;
  let length = uniforms.columns / WIDTH;
  let end = select(0u, (row + 1u) * length, inside);

  var sum = Element(0.0);
  for (var at = row * length + thread % lanes; at < end; at += lanes) {
    let difference = Element(x[at]) - Element(targets[at]);
    sum += difference * difference;
  }
  let all = mergeRow(thread, sumOf(sum));
  if (inside && thread % lanes == 0u) { losses[row] = all; }
}
