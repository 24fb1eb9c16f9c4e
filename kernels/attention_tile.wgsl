// attention_tile (prelude): what the attention kernels share.
// Uniforms  tokens, heads, headSize, hidden = heads * headSize: u32 (elements), scale: f32, dropout uniforms
// Constants before this text: HEAD_SIZE, ROWS of a tile (1 or 2), and Element with element(), vec4f where the head
//           size is a multiple of four, else f32; the override `dropout` is 0 where no random bits are wanted
// Grid      an invocation owns a tile, two token rows of one head (one row where a head has more than 64 columns);
//           64 a workgroup, neighbours take the heads of the same rows: ceil(ceil(tokens / ROWS) * heads / 64)
//           workgroups, folded over x and y
// Why       loads are what attention costs, and each one serves both rows. More rows would not fit into registers
//           (and took a software adapter minutes to compile). A chunk, four columns, of a tile is a mat2x4f with one
//           matrix column a row. Loops over chunks have constant counts and short bodies: compilers unroll them, and
//           the arrays of chunks become registers. The rows of a tile may be of two sequences: it walks over both,
//           and a row counts in its own only

struct Uniforms {
  tokens: u32, heads: u32, headSize: u32, hidden: u32, scale: f32,
  dropoutSeed: u32, dropoutMicroBatch: u32, dropoutStep: u32, dropoutSite: u32, dropoutThreshold: u32, dropoutScale: f32,
}

override dropout: u32 = 0;

@group(1) @binding(0) var<uniform> uniforms: Uniforms;

const CHUNKS = (HEAD_SIZE + 3u) / 4u;
const WIDE = HEAD_SIZE % 4u == 0u;

struct Tile {
  head: u32,
  // A tile of one row, and the last tile of an odd number of tokens, have the same row twice.
  rows: vec2u,
}

fn tileOf(index: u32) -> Tile {
  let first = index / uniforms.heads * ROWS;
  return Tile(index % uniforms.heads, vec2u(first, min(first + ROWS - 1u, uniforms.tokens - 1u)));
}

// Where a head's columns of a row begin in a buffer [tokens, hidden].
fn elementOf(row: u32, head: u32) -> u32 {
  return row * uniforms.hidden + head * HEAD_SIZE;
}

// Which rows belong to a sequence, given by its first row and the row after its last.
fn membersOf(sequence: vec2u, rows: vec2u) -> vec2<bool> {
  return (rows >= vec2u(sequence.x)) & (rows < vec2u(sequence.y));
}

// Four loaded numbers; where the head size is no multiple of four, those beyond the head's last column become 0.
fn insideHead(chunk: u32, x: vec4f) -> vec4f {
  return select(vec4f(), x, chunk * 4u + vec4u(0u, 1u, 2u, 3u) < vec4u(HEAD_SIZE));
}

// One function a buffer, because WGSL passes no pointers to storage. `vec4f(e)` is e itself where Element is vec4f and
// four times e where it is f32, so both branches compile for both.
fn queryChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return vec4f(query[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    vec4f(query[i]).x, vec4f(query[i + 1u]).x, vec4f(query[i + 2u]).x, vec4f(query[i + 3u]).x));
}

fn keyChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return vec4f(key[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    vec4f(key[i]).x, vec4f(key[i + 1u]).x, vec4f(key[i + 2u]).x, vec4f(key[i + 3u]).x));
}

fn valueChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return vec4f(value[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    vec4f(value[i]).x, vec4f(value[i + 1u]).x, vec4f(value[i + 2u]).x, vec4f(value[i + 3u]).x));
}

fn outerProduct(a: vec4f, b: vec2f) -> mat2x4f {
  return mat2x4f(a * b.x, a * b.y);
}
