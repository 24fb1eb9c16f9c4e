// layerNormBackward, first pass over parameters: the gradients of gamma and beta from blocks of rows.
// Maths     partials[b, 0] = sum of dY * (sum - mean) * rstd and partials[b, 1] = sum of dY over the ROWS rows of block b
// Bindings  0 dY [rows, hidden] read | 1 sum [rows, hidden] read | 2 stats [rows, 2] read: mean and rstd
//           3 partials [blocks, 2, hidden] write
// Uniforms  rows, hidden: u32 (numbers); epsilon and the dropout uniforms are not used
// Grid      one thread an element (element.ts) of a block, 64 a workgroup, folded over x and y
// Why       blocks for the reason of column_sums_blocks.wgsl

struct Uniforms { rows: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> dY: array<Stored>;
@group(0) @binding(1) var<storage, read> sum: array<Stored>;
@group(0) @binding(2) var<storage, read> stats: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> partials: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * 64u + thread;
  let length = uniforms.hidden / WIDTH;
  let block = index / length;
  let column = index % length;
  if (block * ROWS >= uniforms.rows) { return; }

  var gammaSum = Element(0.0);
  var betaSum = Element(0.0);
  let end = min(block * ROWS + ROWS, uniforms.rows);
  for (var row = block * ROWS; row < end; row++) {
    let at = row * length + column;
    let upstream = Element(dY[at]);
    let moments = stats[row];
    gammaSum += upstream * ((Element(sum[at]) - moments.x) * moments.y);
    betaSum += upstream;
  }
  partials[2u * block * length + column] = gammaSum;
  partials[(2u * block + 1u) * length + column] = betaSum;
}
