// scatter_add_rows: add gradient rows to the table rows that they were gathered from.
// Maths     table[rows[g] - firstRow, :] += sum of gradient[order[s], :] for s in segments[g] .. segments[g + 1]
// Bindings  0 gradient [count, columns] read | 1 order [count] read | 2 segments [groups + 1] read
//           3 rows [groups] read | 4 table [tableRows, columns] read_write
// Uniforms  count, groups, columns, tableRows, firstRow: u32
// Grid      16 threads a group, 4 groups a workgroup, folded over x and y
// Why       each number of a table row has one owner: no atomics, and the sum has the order that the host chose

struct Uniforms { count: u32, groups: u32, columns: u32, tableRows: u32, firstRow: u32 }

@group(0) @binding(0) var<storage, read> gradient: array<Stored>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> segments: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> table: array<TableStored>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

override lanes: u32 = 1u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = (wid.x + wid.y * nwg.x) * (64u / lanes) + thread / lanes;
  if (group >= uniforms.groups) { return; }
  let row = rows[group];
  if (row < uniforms.firstRow || row - uniforms.firstRow >= uniforms.tableRows) { return; }
  let length = uniforms.columns / WIDTH;
  let to = (row - uniforms.firstRow) * length;
  let end = segments[group + 1u];
  for (var c = thread % lanes; c < length; c += lanes) {
    var sum = Element(table[to + c]);
    for (var s = segments[group]; s < end; s++) { sum += Element(gradient[order[s] * length + c]); }
    table[to + c] = TableStored(sum);
  }
}
