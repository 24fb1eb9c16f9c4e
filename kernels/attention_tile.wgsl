// attention_tile (prelude): what the attention kernels share.
// Uniforms  those of attention_passes.ts, whose struct stands before this text
// Constants before it: HEAD_SIZE, GROUPS of PER rows in a tile, THREADS of a workgroup; Block, a matrix of PER
//           columns; Element with element() and widened(), four numbers where the head size is a multiple of four, else one.
// Grid      a tile is ROWS rows of one sequence and head, counted from the sequence's first row. An invocation owns
//           ROWS rows of the batch and one head, and takes the tiles that begin there: one of a long sequence, several
//           of short ones. THREADS a workgroup, neighbours take the heads of the same rows:
//           ceil(ceil(tokens / ROWS) * heads / THREADS) workgroups, folded over x and y
// Why       loads are what attention costs, and each one serves all rows of a tile. PER rows of it and four columns (a
//           chunk of a head) are a Block with one matrix column a row, and its products with blocks of four other rows
//           are multiply-adds of whole vectors. Loops over GROUPS, CHUNKS and PER are unrolled by unroll.ts, so that
//           every array here is indexed by literals and becomes registers. Loads and stores are also what takes time
//           to compile, so loops that go over the rows of a tile once have a bound that is PER and that no compiler
//           knows to be: written once for all rows, they take 40 % off it. Rows of a tile that lie beyond the sequence
//           repeat its last row and are not stored.

@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const CHUNKS = (HEAD_SIZE + 3u) / 4u;
const WIDE = HEAD_SIZE % 4u == 0u;
const ROWS = GROUPS * PER;
const LANES = vec4u(0u, 1u, 2u, 3u);

// The first row from `row` on where a tile begins.
fn tileFrom(row: u32) -> u32 {
  let sequence = bounds[min(row, uniforms.tokens - 1u)];
  let tiles = (row - sequence.x + ROWS - 1u) / ROWS;
  return min(sequence.x + tiles * ROWS, sequence.y);
}

// Where the tile after the one at `first` begins.
fn nextTile(first: u32, sequence: vec2u) -> u32 {
  return max(first + 1u, min(first + ROWS, sequence.y));
}

// What a row of qkv [tokens, 3, hidden] is made of.
const QUERY = 0u;
const KEY = 1u;
const VALUE = 2u;

// Where a head's columns of a row begin in a buffer [tokens, hidden].
fn elementOf(row: u32, head: u32) -> u32 {
  return row * uniforms.hidden + head * HEAD_SIZE;
}

// The same of four rows.
fn elementsOf(rows: vec4u, head: u32) -> vec4u {
  return rows * uniforms.hidden + head * HEAD_SIZE;
}

// Where a head's columns of a part of a row begin in qkv.
fn placeOf(row: u32, part: u32, head: u32) -> u32 {
  return (row * 3u + part) * uniforms.hidden + head * HEAD_SIZE;
}

// The same of four rows.
fn placesOf(rows: vec4u, part: u32, head: u32) -> vec4u {
  return (rows * 3u + part) * uniforms.hidden + head * HEAD_SIZE;
}

// The four rows from `first` on; beyond `last` they repeat it.
fn fourRows(first: u32, last: u32) -> vec4u {
  return min(first + LANES, vec4u(last));
}

// Four loaded numbers; where the head size is no multiple of four, those beyond the head's last column become
// 0.
fn insideHead(chunk: u32, x: vec4f) -> vec4f {
  return select(vec4f(), x, chunk * 4u + LANES < vec4u(HEAD_SIZE));
}

// `widened(e)` is four numbers where Element is, and four times e where it is one, so both branches compile
// for both.
fn qkvChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return widened(qkv[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    widened(qkv[i]).x, widened(qkv[i + 1u]).x, widened(qkv[i + 2u]).x, widened(qkv[i + 3u]).x));
}

// A chunk of four rows, one a matrix column.
fn qkvBlock(at: vec4u, chunk: u32) -> mat4x4f {
  return mat4x4f(qkvChunk(at.x, chunk), qkvChunk(at.y, chunk), qkvChunk(at.z, chunk), qkvChunk(at.w, chunk));
}

// The matrix with x as its column i, for loops that are not unrolled.
fn withColumn(matrix: Block, i: u32, x: vec4f) -> Block {
  var result = matrix;
  for (var n = 0u; n < PER; n++) { result[n] = select(result[n], x, i == n); }
  return result;
}

// Column i of a matrix, likewise.
fn columnOf(matrix: Block, i: u32) -> vec4f {
  var x = vec4f();
  for (var n = 0u; n < PER; n++) { x = select(x, matrix[n], i == n); }
  return x;
}

// sum + a * b, four multiply-adds an element.
fn multiplyAdd(sum: Block, a: mat4x4f, b: Block) -> Block {
  var result = sum;
  for (var i = 0u; i < PER; i++) {
    result[i] = fma(a[3], vec4f(b[i].w), fma(a[2], vec4f(b[i].z), fma(a[1], vec4f(b[i].y), fma(a[0], vec4f(b[i].x), result[i]))));
  }
  return result;
}
