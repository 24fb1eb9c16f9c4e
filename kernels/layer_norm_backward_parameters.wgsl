// layerNormBackward, second pass over parameters: the gradients of gamma and beta.
// Maths     dGamma[c] += sum_b partials[b, 0, c], dBeta[c] += sum_b partials[b, 1, c]
// Bindings  0 partials [blocks, 2, hidden] read
//           1 dGamma [hidden] read_write, optional | 2 dBeta [hidden] read_write, optional
// Uniforms  rows, hidden: u32 (numbers); blocks = ceil(rows / 16)
// Grid      one workgroup for 8 of the 2 * hidden / WIDTH elements: 256 threads, of which 32 share an element and take
//           every 32nd block
// Why       the fixed order of column_sums.wgsl

override hasDGamma: u32 = 0u;
override hasDBeta: u32 = 0u;

struct Uniforms { rows: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> partials: array<Element>;
@group(0) @binding(1) var<storage, read_write> dGamma: array<Element>;
@group(0) @binding(2) var<storage, read_write> dBeta: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const COLUMNS = 8u;
const STRANDS = 32u;
const ROWS = 16u;
var<workgroup> strands: array<Element, COLUMNS * STRANDS>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let length = uniforms.hidden / WIDTH;
  let inside = column < 2u * length;
  let blocks = (uniforms.rows + ROWS - 1u) / ROWS;

  var sum = Element(0.0);
  if (inside) {
    for (var block = thread / COLUMNS; block < blocks; block += STRANDS) {
      sum += partials[2u * block * length + column];
    }
  }
  strands[thread] = sum;
  workgroupBarrier();

  if (inside && thread < COLUMNS) {
    for (var i = 1u; i < STRANDS; i++) { sum += strands[i * COLUMNS + thread]; }
    if (column < length) {
      if (hasDGamma == 1u) { dGamma[column] += sum; }
    } else if (hasDBeta == 1u) { dBeta[column - length] += sum; }
  }
}
