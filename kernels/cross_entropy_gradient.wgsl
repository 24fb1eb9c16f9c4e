// cross_entropy_gradient: gradient of the loss with respect to a chunk of logits.
// Maths     dLogits = scale * (exp(x - max) / sum - [column = label]), 0 where the label is negative
// Bindings  0 logits [rows, columns] read | 1 labels [rows] read | 2 stats [rows, 3] read: max, sum, target
//           3 dLogits [rows, columns] write | 4 scaling [3] read, optional: a factor of the scale, ...
// Uniforms  rows, columns, firstColumn: u32, scale: f32
// Grid      16 threads a row, 4 rows a workgroup, folded over x and y
// Why       the label's element is written once more, by the thread that wrote there: what is stored may be rounded too
//           much to subtract 1 from it

override hasScaling: u32 = 0u;

struct Uniforms { rows: u32, columns: u32, firstColumn: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> logits: array<Element>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
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
  let lane = thread % lanes;
  let length = uniforms.columns / WIDTH;
  let begin = row * length;
  let end = begin + length;
  let largest = stats[row * 3u];
  var scale = uniforms.scale;
  if (hasScaling == 1u) { scale *= scaling[0]; }
  let factor = select(0.0, scale / stats[row * 3u + 1u], labels[row] >= 0);
  for (var at = begin + lane; at < end; at += lanes) { dLogits[at] = Stored(factor * exp(logits[at] - largest)); }

  let label = u32(labels[row]) - uniforms.firstColumn; // one that lies before is a very large one
  if (labels[row] >= 0 && label < uniforms.columns && label / WIDTH % lanes == lane) {
    let at = begin + label / WIDTH;
    dLogits[at] = Stored(factor * exp(logits[at] - largest) - scale * unitOf(label % WIDTH));
  }
}
