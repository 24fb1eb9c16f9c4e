// cross_entropy_stats: merge a chunk of logits into the running statistics of each row.
// Maths     max' = max(max, x); sum' = sum exp(max - max') + sum_c exp(x_c - max'); target = x_label if it is here
// Paper     Milakov and Gimelshein 2018, arXiv:1805.02867 (online softmax)
// Bindings  0 logits [rows, columns] read | 1 labels [rows] read | 2 stats [rows, 3] read_write: max, sum, target
// Uniforms  rows, columns, firstColumn: u32
// Grid      one workgroup of 64 threads a row, folded over x and y

override first: u32 = 0;

struct Uniforms { rows: u32, columns: u32, firstColumn: u32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> stats: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = wid.x + wid.y * nwg.x;
  if (row >= uniforms.rows) { return; }
  let start = row * uniforms.columns;

  var largest = -3.402823e38;
  for (var c = thread; c < uniforms.columns; c += THREADS) { largest = max(largest, logits[start + c]); }
  largest = reduceMax(thread, largest);
  let before = select(stats[row * 3u], -3.402823e38, first == 1u);
  let newLargest = max(before, largest);

  var sum = 0.0;
  for (var c = thread; c < uniforms.columns; c += THREADS) { sum += exp(logits[start + c] - newLargest); }
  sum = reduceSum(thread, sum);

  if (thread == 0u) {
    if (first == 0u) { sum += stats[row * 3u + 1u] * exp(before - newLargest); }
    stats[row * 3u] = newLargest;
    stats[row * 3u + 1u] = sum;
    let label = labels[row] - i32(uniforms.firstColumn);
    if (labels[row] >= 0 && label >= 0 && label < i32(uniforms.columns)) {
      stats[row * 3u + 2u] = logits[start + u32(label)];
    }
  }
}
