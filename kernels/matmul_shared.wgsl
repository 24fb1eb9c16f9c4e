// matmulShared: matmul for GPUs, by tiles in workgroup memory.
// Maths, bindings and uniforms: matmul_operands.ts and matmul_epilogue.wgsl; with `parts` above 1 product is scratch
//           [parts, tiles, TILE, TILE], the sums over each part of k, which matmul_parts.wgsl adds up
// Preludes  TILE, STEP and CELLS of matmul.ts: 64, 16 and 320, or 128, 8 and 384
// Grid      one workgroup of 256 threads a tile of TILE x TILE outputs and part of k, tiles in row order, then parts;
//           folded over x and y. A thread computes 4x4 outputs, of a tile of 128 four times, 64 apart
// Why       STEP columns of a's tile and rows of b's come to workgroup memory as they are stored, one vec4f a thread, and
//           are turned in registers, where that costs nothing. Rows of tiles are one vec4f longer than what they
//           hold, so that threads below each other read different banks. The large tile reads half as much of that
//           memory for a multiply-add, and needs as many registers and products as large. Products with few tiles
//           (gradients of small weights) have k cut into parts, or most of a GPU would wait
// Order     each output is the sum over k in steps of 4 within a part, whatever the grid and the tile.

override parts: u32 = 1u;

// vec4f of a tile that is stored along k (TILE rows), and across (STEP rows).
const DEEP = STEP / 4u;
const WIDE = TILE / 4u;
const ALONG = DEEP + 1u;
const ACROSS = WIDE + 1u;

var<workgroup> tileA: array<vec4f, CELLS>;
var<workgroup> tileB: array<vec4f, CELLS>;

// Four elements along k, those beyond it zero. What lies beyond m or n is not zeroed: it reaches only outputs that are
// never written.
fn alongK(elements: vec4f, p: u32) -> vec4f {
  return select(vec4f(), elements, p + vec4u(0u, 1u, 2u, 3u) < vec4u(uniforms.k));
}

fn fetch(thread: u32, rows: u32, columns: u32, p: u32) {
  if (transposeA == 1u) {
    let at = p + thread / WIDE;
    let elements = aAt(at * uniforms.m + rows + thread % WIDE * 4u);
    tileA[thread / WIDE * ACROSS + thread % WIDE] = select(vec4f(), elements, at < uniforms.k);
  } else {
    let at = p + thread % DEEP * 4u;
    tileA[thread / DEEP * ALONG + thread % DEEP] = alongK(aAt((rows + thread / DEEP) * uniforms.k + at), at);
  }
  if (transposeB == 1u) {
    let at = p + thread % DEEP * 4u;
    tileB[thread / DEEP * ALONG + thread % DEEP] = alongK(bAt((columns + thread / DEEP) * uniforms.k + at), at);
  } else {
    let at = p + thread / WIDE;
    let elements = bAt(at * uniforms.n + columns + thread % WIDE * 4u);
    tileB[thread / WIDE * ACROSS + thread % WIDE] = select(vec4f(), elements, at < uniforms.k);
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

// Four rows of outputs of a tile, or of the sums over a part of k.
fn keep(group: u32, tile: u32, row: u32, column: u32, sums: mat4x4f) {
  let across = (uniforms.n + TILE - 1u) / TILE;
  let rows = tile / across * TILE + row;
  let columns = tile % across * TILE + column;
  var outputs = sums;
  for (var i = 0u; i < 4u; i++) {
    if (parts > 1u) {
      product[(group * TILE + row + i) * WIDE + column / 4u] = outputs[i];
    } else if (rows + i < uniforms.m && columns < uniforms.n) {
      finish(rows + i, columns, outputs[i]);
    }
  }
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
  let row = thread / 16u;
  let column = thread % 16u;
  var sums: mat4x4f;
  var right: mat4x4f;
  var below: mat4x4f;
  var belowRight: mat4x4f;
  for (var p = begin; p < end; p += STEP) {
    fetch(thread, rows, columns, p);
    workgroupBarrier();
    for (var chunk = 0u; chunk < DEEP; chunk++) {
      let a = blockOfA(row, chunk);
      let b = blockOfB(column, chunk);
      sums += b * a;
      if (TILE == 128u) {
        let lowerA = blockOfA(row + 16u, chunk);
        let fartherB = blockOfB(column + 16u, chunk);
        right += fartherB * a;
        below += b * lowerA;
        belowRight += fartherB * lowerA;
      }
    }
    workgroupBarrier();
  }

  // Groups beyond the last part, which the folding may make, keep nothing.
  if (part >= parts) { return; }
  keep(group, tile, row * 4u, column * 4u, sums);
  if (TILE == 128u) {
    keep(group, tile, row * 4u, 64u + column * 4u, right);
    keep(group, tile, 64u + row * 4u, column * 4u, below);
    keep(group, tile, 64u + row * 4u, 64u + column * 4u, belowRight);
  }
}
