// matmulShared: matmul for GPUs, by tiles in workgroup memory.
// Maths, bindings and uniforms: matmul_operands.ts and matmul_epilogue.wgsl; with `parts` above 1 product is scratch
//           [parts, tiles, 64, 64], the sums over each part of k, which matmul_parts.wgsl adds up
// Grid      one workgroup of 256 threads a tile of 64x64 outputs and part of k, tiles in row order, then parts; folded
//           over x and y. A thread computes 4x4 outputs
// Why       16 columns of a's tile and rows of b's come to workgroup memory as they are stored, one vec4f a thread, and
//           are turned in registers, where that costs nothing. Rows of tiles are one vec4f longer than what they
//           hold, so that threads below each other read different banks. Products with few tiles (gradients of small
//           weights) have k cut into parts, or most of a GPU would wait
// Order     each output is the sum over k in steps of 4 within a part, whatever the grid.

override parts: u32 = 1u;

const TILE = 64u;
const STEP = 16u;
// Of a tile that is stored along k (64 rows of 4 vec4f), and across (16 rows of 16).
const ALONG = 5u;
const ACROSS = 17u;

var<workgroup> tileA: array<vec4f, 320>;
var<workgroup> tileB: array<vec4f, 320>;

// Four elements along k, those beyond it zero. What lies beyond m or n is not zeroed: it reaches only outputs that are
// never written.
fn alongK(elements: vec4f, p: u32) -> vec4f {
  return select(vec4f(), elements, p + vec4u(0u, 1u, 2u, 3u) < vec4u(uniforms.k));
}

fn fetch(thread: u32, rows: u32, columns: u32, p: u32) {
  if (transposeA == 1u) {
    let at = p + thread / 16u;
    let elements = aAt(at * uniforms.m + rows + thread % 16u * 4u);
    tileA[thread / 16u * ACROSS + thread % 16u] = select(vec4f(), elements, at < uniforms.k);
  } else {
    let at = p + thread % 4u * 4u;
    tileA[thread / 4u * ALONG + thread % 4u] = alongK(aAt((rows + thread / 4u) * uniforms.k + at), at);
  }
  if (transposeB == 1u) {
    let at = p + thread % 4u * 4u;
    tileB[thread / 4u * ALONG + thread % 4u] = alongK(bAt((columns + thread / 4u) * uniforms.k + at), at);
  } else {
    let at = p + thread / 16u;
    let elements = bAt(at * uniforms.n + columns + thread % 16u * 4u);
    tileB[thread / 16u * ACROSS + thread % 16u] = select(vec4f(), elements, at < uniforms.k);
  }
}

// Four rows of a's tile at four k, one row a matrix column.
fn blockOfA(row: u32, chunk: u32) -> mat4x4f {
  if (transposeA == 1u) {
    let at = chunk * 4u * ACROSS + row;
    return transpose(mat4x4f(tileA[at], tileA[at + ACROSS], tileA[at + 2u * ACROSS], tileA[at + 3u * ACROSS]));
  }
  let at = row * 4u * ALONG + chunk;
  return mat4x4f(tileA[at], tileA[at + ALONG], tileA[at + 2u * ALONG], tileA[at + 3u * ALONG]);
}

// Four k of b's tile at four columns, one k a matrix column.
fn blockOfB(column: u32, chunk: u32) -> mat4x4f {
  if (transposeB == 1u) {
    let at = column * 4u * ALONG + chunk;
    return transpose(mat4x4f(tileB[at], tileB[at + ALONG], tileB[at + 2u * ALONG], tileB[at + 3u * ALONG]));
  }
  let at = chunk * 4u * ACROSS + column;
  return mat4x4f(tileB[at], tileB[at + ACROSS], tileB[at + 2u * ACROSS], tileB[at + 3u * ACROSS]);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = wid.x + wid.y * nwg.x;
  let across = (uniforms.n + TILE - 1u) / TILE;
  let tiles = across * ((uniforms.m + TILE - 1u) / TILE);
  let tile = group % tiles;
  let part = group / tiles;
  let rows = tile / across * TILE;
  let columns = tile % across * TILE;
  let depth = (uniforms.k + parts * STEP - 1u) / (parts * STEP) * STEP;
  let begin = min(part * depth, uniforms.k);
  let end = min(begin + depth, uniforms.k);

  // A column of a block of a is a row of the operand, so b * a has the rows of the product as its columns.
  var sums: mat4x4f;
  for (var p = begin; p < end; p += STEP) {
    fetch(thread, rows, columns, p);
    workgroupBarrier();
    for (var chunk = 0u; chunk < STEP / 4u; chunk++) {
      sums += blockOfB(thread % 16u, chunk) * blockOfA(thread / 16u, chunk);
    }
    workgroupBarrier();
  }

  for (var i = 0u; i < 4u; i++) {
    let row = thread / 16u * 4u + i;
    let column = columns + thread % 16u * 4u;
    if (parts > 1u) {
      if (part < parts) { product[(group * TILE + row) * 16u + thread % 16u] = sums[i]; }
    } else if (rows + row < uniforms.m && column < uniforms.n) {
      finish(rows + row, column, sums[i]);
    }
  }
}
