// softmax: each row becomes a distribution.
// Maths     y = exp(x - max(x)) / sum(exp(x - max(x))), over the columns of a row
// Bindings  0 x [rows, columns] read | 1 y [rows, columns] write
// Uniforms  rows: u32, columns: u32 (elements)
// Grid      that of rows.wgsl, folded over x and y
// Why       maximum and sum come from one pass, so that a row is read twice and not three times

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
  let row = (wid.x + wid.y * nwg.x) * (THREADS / lanes) + thread / lanes;
  let length = uniforms.columns / WIDTH;
  // Threads beyond the last row have nothing to do but to meet the others.
  let end = select(0u, (row + 1u) * length, row < uniforms.rows);
  let begin = row * length + thread % lanes;

  var partial = NOTHING;
  for (var at = begin; at < end; at += lanes) { partial = include(partial, Element(x[at])); }
  partial = mergeRow(thread, partial);
  let share = 1.0 / partial.y;
  for (var at = begin; at < end; at += lanes) { y[at] = Stored(exp(Element(x[at]) - partial.x) * share); }
}
