// attentionBackwardKey: the gradients of attention with respect to its keys and values.
// Maths     for a key, over the rows i of its sequence: p_i = exp(scale * q_i . k - logsumexp_i),
//           dv = sum_i keep_i p_i dOut_i, ds_i = p_i (keep_i dOut_i . v - delta_i), dk = scale * sum_i ds_i q_i
// Paper     Dao et al. 2022, arXiv:2205.14135; Dao 2023, arXiv:2307.08691
// Bindings  0 query, 1 key, 2 value, 3 dOut [tokens, hidden] read | 4 bounds [tokens, 2] read
//           5 stats [tokens, heads, 2] read: logsumexp, delta | 6 dKey, 7 dValue [tokens, hidden] write
// Uniforms, constants, grid: attention_tile.wgsl; the two rows of a tile are keys here
// Why       a key owns its gradients, so that no two invocations add to the same place

@group(0) @binding(0) var<storage, read> query: array<Element>;
@group(0) @binding(1) var<storage, read> key: array<Element>;
@group(0) @binding(2) var<storage, read> value: array<Element>;
@group(0) @binding(3) var<storage, read> dOut: array<Element>;
@group(0) @binding(4) var<storage, read> bounds: array<vec2u>;
@group(0) @binding(5) var<storage, read> stats: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> dKey: array<Element>;
@group(0) @binding(7) var<storage, read_write> dValue: array<Element>;

fn dOutChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return vec4f(dOut[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    vec4f(dOut[i]).x, vec4f(dOut[i + 1u]).x, vec4f(dOut[i + 2u]).x, vec4f(dOut[i + 3u]).x));
}

fn storeKeyGradient(at: u32, chunk: u32, x: vec4f) {
  if (WIDE) {
    dKey[at / 4u + chunk] = element(x);
  } else {
    let i = at + chunk * 4u;
    for (var n = 0u; n < min(4u, HEAD_SIZE - chunk * 4u); n++) { dKey[i + n] = element(vec4f(x[n])); }
  }
}

fn storeValueGradient(at: u32, chunk: u32, x: vec4f) {
  if (WIDE) {
    dValue[at / 4u + chunk] = element(x);
  } else {
    let i = at + chunk * 4u;
    for (var n = 0u; n < min(4u, HEAD_SIZE - chunk * 4u); n++) { dValue[i + n] = element(vec4f(x[n])); }
  }
}

// Dropout's factors of a query row for two neighbouring keys, which share a block of bits or lie in two. A loop and
// not a branch, because software adapters carry out both sides of a branch. The column of a key before the sequence is
// -1; it gets nothing, as that key is no member.
fn keepPair(counter: u32, columns: vec2i) -> vec2f {
  let blocks = columns >> vec2u(2u);
  var keep = vec2f();
  for (var block = max(blocks.x, 0); block <= blocks.y; block++) {
    let scales = keepScales(counter, u32(block));
    keep = select(keep, vec2f(scales[columns.x & 3], scales[columns.y & 3]), blocks == vec2i(block));
  }
  return keep;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = tileOf((wid.x + wid.y * nwg.x) * 64u + thread);
  let rows = tile.rows;
  if (rows.x >= uniforms.tokens) { return; }
  let head = tile.head;
  let atX = elementOf(rows.x, head);
  let atY = elementOf(rows.y, head);

  var k: array<mat2x4f, CHUNKS>;
  var v: array<mat2x4f, CHUNKS>;
  var keyGradient: array<mat2x4f, CHUNKS>;
  var valueGradient: array<mat2x4f, CHUNKS>;
  var q: array<vec4f, CHUNKS>;
  var upstream: array<vec4f, CHUNKS>;
  for (var c = 0u; c < CHUNKS; c++) { k[c] = uniforms.scale * mat2x4f(keyChunk(atX, c), keyChunk(atY, c)); }
  for (var c = 0u; c < CHUNKS; c++) { v[c] = mat2x4f(valueChunk(atX, c), valueChunk(atY, c)); }

  for (var row = rows.x; row <= rows.y;) {
    let sequence = bounds[row];
    let member = membersOf(sequence, rows);
    for (var i = sequence.x; i < sequence.y; i++) {
      let at = elementOf(i, head);
      let counter = i * uniforms.heads + head;
      let ofRow = stats[counter];
      var scores = vec2f();
      var dWeights = vec2f();
      for (var c = 0u; c < CHUNKS; c++) {
        q[c] = queryChunk(at, c);
        scores += q[c] * k[c];
      }
      for (var c = 0u; c < CHUNKS; c++) {
        upstream[c] = dOutChunk(at, c);
        dWeights += upstream[c] * v[c];
      }
      let p = select(vec2f(), exp(scores - ofRow.x), member);
      var weights = p;
      if (dropout == 1u) {
        let keep = keepPair(counter, vec2i(rows) - i32(sequence.x));
        weights *= keep;
        dWeights *= keep;
      }
      let dScores = p * (dWeights - ofRow.y);
      for (var c = 0u; c < CHUNKS; c++) { keyGradient[c] += outerProduct(q[c], dScores); }
      for (var c = 0u; c < CHUNKS; c++) { valueGradient[c] += outerProduct(upstream[c], weights); }
    }
    row = max(sequence.y, row + 1u);
  }

  for (var c = 0u; c < CHUNKS; c++) {
    storeKeyGradient(atX, c, uniforms.scale * keyGradient[c][0]);
    if (ROWS == 2u) { storeKeyGradient(atY, c, uniforms.scale * keyGradient[c][1]); }
  }
  for (var c = 0u; c < CHUNKS; c++) {
    storeValueGradient(atX, c, valueGradient[c][0]);
    if (ROWS == 2u) { storeValueGradient(atY, c, valueGradient[c][1]); }
  }
}
