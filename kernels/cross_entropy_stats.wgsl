// cross_entropy_stats: merge a chunk of logits into the running statistics of each row.
// Maths     max' = max(max, x); sum' = sum exp(max - max') + sum_c exp(x_c - max'); target = x_label if it is here
// Paper     Milakov and Gimelshein 2018, arXiv:1805.02867 (online softmax)
// Bindings  0 logits [rows, columns] read | 1 labels [rows] read | 2 stats [rows, 3] read_write: max, sum, target
// Uniforms  rows, columns, firstColumn: u32
// Grid      that of rows.wgsl, folded over x and y

override first: u32 = 0;

struct Uniforms { rows: u32, columns: u32, firstColumn: u32 }

@group(0) @binding(0) var<storage, read> logits: array<Element>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> stats: array<f32>;
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

  var partial = NOTHING;
  for (var at = row * length + thread % lanes; at < end; at += lanes) { partial = include(partial, logits[at]); }
  partial = mergeRow(thread, partial);

  if (inside && thread % lanes == 0u) {
    if (first == 0u) { partial = merge(Partial(stats[row * 3u], stats[row * 3u + 1u]), partial); }
    stats[row * 3u] = partial.x;
    stats[row * 3u + 1u] = partial.y;
    let label = u32(labels[row]) - uniforms.firstColumn; // one that lies before is a very large one
    if (labels[row] >= 0 && label < uniforms.columns) {
      stats[row * 3u + 2u] = numberOf(logits[row * length + label / WIDTH], label % WIDTH);
    }
  }
}
