// gather_rows: look rows of a table up.
// Maths     out[i, :] = table[indexes[i] - firstRow, :], or += with accumulate
// Bindings  0 table [tableRows, columns] read | 1 indexes [count] read | 2 out [count, columns] read_write
// Uniforms  count, columns, tableRows, firstRow: u32 (elements and rows)
// Grid      16 threads an output row, 4 rows a workgroup, folded over x and y
// Why       indexes outside of this part of the table leave their row alone, so that a large table can be cut

override accumulate: u32 = 0;

struct Uniforms { count: u32, columns: u32, tableRows: u32, firstRow: u32 }

@group(0) @binding(0) var<storage, read> table: array<TableStored>;
@group(0) @binding(1) var<storage, read> indexes: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<Stored>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

override lanes: u32 = 1u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (wid.x + wid.y * nwg.x) * (64u / lanes) + thread / lanes;
  if (row >= uniforms.count) { return; }
  let index = indexes[row];
  if (index < uniforms.firstRow || index - uniforms.firstRow >= uniforms.tableRows) { return; }
  let length = uniforms.columns / WIDTH;
  let source = (index - uniforms.firstRow) * length;
  let base = row * length;
  for (var c = thread % lanes; c < length; c += lanes) {
    var element = Element(table[source + c]);
    if (accumulate == 1u) { element += Element(out[base + c]); }
    out[base + c] = Stored(element);
  }
}
