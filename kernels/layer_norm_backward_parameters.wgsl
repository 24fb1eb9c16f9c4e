// layerNormBackward, second pass over parameters: the gradients of gamma and beta.
// Maths     dGamma[c] += sum_b partials[b, 0, c], dBeta[c] += sum_b partials[b, 1, c]
// Bindings  0 partials [blocks, 2, hidden] read
//           1 dGamma [hidden] read_write, optional | 2 dBeta [hidden] read_write, optional
// Uniforms  rows, hidden: u32 (numbers); epsilon and the dropout uniforms are not used
// Grid      that of row_blocks.wgsl over 2 * hidden / WIDTH elements, folded over x and y

override hasDGamma: u32 = 0u;
override hasDBeta: u32 = 0u;

struct Uniforms { rows: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> partials: array<Element>;
@group(0) @binding(1) var<storage, read_write> dGamma: array<Element>;
@group(0) @binding(2) var<storage, read_write> dBeta: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = (wid.x + wid.y * nwg.x) * COLUMNS + thread % COLUMNS;
  let length = uniforms.hidden / WIDTH;
  let sum = sumOfBlocks(thread, column, uniforms.rows, 2u * length);
  if (column < 2u * length && thread < COLUMNS) {
    if (column < length) {
      if (hasDGamma == 1u) { dGamma[column] += sum; }
    } else if (hasDBeta == 1u) { dBeta[column - length] += sum; }
  }
}
