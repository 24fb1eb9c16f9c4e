// attentionBackwardQuery: the gradient of attention with respect to its queries.
// Maths     p_j = exp(scale * q . k_j - logsumexp), dp_j = keep_j dOut . v_j, ds_j = p_j (dp_j - delta),
//           dq = scale * sum_j ds_j k_j
// Paper     Dao et al. 2022, arXiv:2205.14135; Dao 2023, arXiv:2307.08691
// Bindings  0 query, 1 key, 2 value, 3 dOut [tokens, hidden] read | 4 bounds [tokens, 2] read
//           5 stats [tokens, heads, 2] read: logsumexp, delta | 6 dQuery [tokens, hidden] write
// Uniforms, constants, grid: attention_tile.wgsl
// Why       keys go in fours because a block of dropout's bits serves four columns

@group(0) @binding(0) var<storage, read> query: array<Element>;
@group(0) @binding(1) var<storage, read> key: array<Element>;
@group(0) @binding(2) var<storage, read> value: array<Element>;
@group(0) @binding(3) var<storage, read> dOut: array<Element>;
@group(0) @binding(4) var<storage, read> bounds: array<vec2u>;
@group(0) @binding(5) var<storage, read> stats: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> dQuery: array<Element>;

fn dOutChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return vec4f(dOut[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    vec4f(dOut[i]).x, vec4f(dOut[i + 1u]).x, vec4f(dOut[i + 2u]).x, vec4f(dOut[i + 3u]).x));
}

fn storeGradient(at: u32, chunk: u32, x: vec4f) {
  if (WIDE) {
    dQuery[at / 4u + chunk] = element(x);
  } else {
    let i = at + chunk * 4u;
    for (var n = 0u; n < min(4u, HEAD_SIZE - chunk * 4u); n++) { dQuery[i + n] = element(vec4f(x[n])); }
  }
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
  let counters = rows * uniforms.heads + head;

  var q: array<mat2x4f, CHUNKS>;
  var upstream: array<mat2x4f, CHUNKS>;
  var gradient: array<mat2x4f, CHUNKS>;
  var keys: array<vec4f, CHUNKS>;
  for (var c = 0u; c < CHUNKS; c++) { q[c] = uniforms.scale * mat2x4f(queryChunk(atX, c), queryChunk(atY, c)); }
  for (var c = 0u; c < CHUNKS; c++) { upstream[c] = mat2x4f(dOutChunk(atX, c), dOutChunk(atY, c)); }
  let statsX = stats[counters.x];
  let statsY = stats[counters.y];
  let logSumExp = vec2f(statsX.x, statsY.x);
  let delta = vec2f(statsX.y, statsY.y);

  for (var row = rows.x; row <= rows.y;) {
    let sequence = bounds[row];
    let member = membersOf(sequence, rows);
    for (var four = sequence.x; four < sequence.y; four += 4u) {
      var keepX = vec4f();
      var keepY = vec4f();
      if (dropout == 1u) {
        keepX = keepScales(counters.x, (four - sequence.x) / 4u);
        keepY = keepScales(counters.y, (four - sequence.x) / 4u);
      }
      for (var k = four; k < min(four + 4u, sequence.y); k++) {
        let at = elementOf(k, head);
        var scores = vec2f();
        var dWeights = vec2f();
        for (var c = 0u; c < CHUNKS; c++) {
          keys[c] = keyChunk(at, c);
          scores += keys[c] * q[c];
        }
        for (var c = 0u; c < CHUNKS; c++) { dWeights += valueChunk(at, c) * upstream[c]; }
        if (dropout == 1u) { dWeights *= vec2f(keepX[k - four], keepY[k - four]); }
        let p = select(vec2f(), exp(scores - logSumExp), member);
        let dScores = p * (dWeights - delta);
        for (var c = 0u; c < CHUNKS; c++) { gradient[c] += outerProduct(keys[c], dScores); }
      }
    }
    row = max(sequence.y, row + 1u);
  }

  for (var c = 0u; c < CHUNKS; c++) {
    storeGradient(atX, c, uniforms.scale * gradient[c][0]);
    if (ROWS == 2u) { storeGradient(atY, c, uniforms.scale * gradient[c][1]); }
  }
}
