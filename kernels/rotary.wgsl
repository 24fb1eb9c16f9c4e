// rotary: queries and keys turned by the positions of their tokens, in place.
// Maths     a' = a cos - b sin, b' = b cos + a sin, for the two halves a, b of each head; -sin with inverse
// Paper     Su et al. 2021, arXiv:2104.09864, with halves in place of neighbours, as transformers has it
// Bindings  0 qkv [tokens, 3, hidden] read_write | 1 turns [tokens, headSize] read: cosines, then sines
// Uniforms  tokens, heads, headSize, hidden: u32 (elements)
// Grid      one thread an element of the first halves of queries and keys, 64 a workgroup, folded over x and y
// Why       angles come from the host: WGSL promises nothing of cos beyond pi, and a position times the first
//           frequency is the position itself

override inverse: u32 = 0u;

struct Uniforms { tokens: u32, heads: u32, headSize: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read_write> qkv: array<Stored>;
@group(0) @binding(1) var<storage, read> turns: array<Element>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * 64u + thread;
  let half = uniforms.headSize / 2u / WIDTH;
  let column = index % half;
  let head = index / half % uniforms.heads;
  let part = index / half / uniforms.heads;
  let row = part / 2u;
  if (row >= uniforms.tokens) { return; }
  let first = ((row * 3u + part % 2u) * uniforms.heads + head) * 2u * half + column;
  let cosines = turns[row * 2u * half + column];
  var sines = turns[row * 2u * half + half + column];
  if (inverse == 1u) { sines = -sines; }
  let a = Element(qkv[first]);
  let b = Element(qkv[first + half]);
  qkv[first] = Stored(a * cosines - b * sines);
  qkv[first + half] = Stored(b * cosines + a * sines);
}
