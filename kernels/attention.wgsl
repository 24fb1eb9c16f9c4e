// attention: each token gets the mean of its sequence's values, weighted by softmax over its scores, in each head.
// Maths     s_j = scale * q . k_j, p = softmax(s), out = sum_j keep_j p_j v_j, stats = logsumexp(s), 0
//           key by key: m' = max(m, s), total' = exp(m - m') total + exp(s - m'), and the sum of values likewise
// Paper     Dao et al. 2022, arXiv:2205.14135, with the division at the end as in Dao 2023, arXiv:2307.08691
// Bindings  0 query, 1 key, 2 value [tokens, hidden] read | 3 bounds [tokens, 2] read
//           4 out [tokens, hidden] write | 5 stats [tokens, heads, 2] write
// Uniforms, constants, grid: attention_tile.wgsl
// Why       keys go in fours because a block of dropout's bits serves four columns

@group(0) @binding(0) var<storage, read> query: array<Element>;
@group(0) @binding(1) var<storage, read> key: array<Element>;
@group(0) @binding(2) var<storage, read> value: array<Element>;
@group(0) @binding(3) var<storage, read> bounds: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> out: array<Element>;
@group(0) @binding(5) var<storage, read_write> stats: array<vec2f>;

// Below every score, and finite, as WGSL may assume that there are no infinities.
const LOWEST = -3.0e38;

fn storeOut(at: u32, chunk: u32, x: vec4f) {
  if (WIDE) {
    out[at / 4u + chunk] = element(x);
  } else {
    let i = at + chunk * 4u;
    for (var n = 0u; n < min(4u, HEAD_SIZE - chunk * 4u); n++) { out[i + n] = element(vec4f(x[n])); }
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
  var sums: array<mat2x4f, CHUNKS>;
  for (var c = 0u; c < CHUNKS; c++) { q[c] = uniforms.scale * mat2x4f(queryChunk(atX, c), queryChunk(atY, c)); }
  var largest = vec2f(LOWEST);
  var total = vec2f();

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
        for (var c = 0u; c < CHUNKS; c++) { scores += keyChunk(at, c) * q[c]; }
        let before = largest;
        largest = select(largest, max(largest, scores), member);
        let correction = exp(before - largest);
        var weights = select(vec2f(), exp(scores - largest), member);
        total = total * correction + weights;
        if (dropout == 1u) { weights *= vec2f(keepX[k - four], keepY[k - four]); }
        for (var c = 0u; c < CHUNKS; c++) {
          sums[c] = mat2x4f(sums[c][0] * correction.x, sums[c][1] * correction.y)
            + outerProduct(valueChunk(at, c), weights);
        }
      }
    }
    row = max(sequence.y, row + 1u);
  }

  for (var c = 0u; c < CHUNKS; c++) {
    storeOut(atX, c, sums[c][0] / total.x);
    if (ROWS == 2u) { storeOut(atY, c, sums[c][1] / total.y); }
  }
  let logSumExp = largest + log(total);
  stats[counters.x] = vec2f(logSumExp.x, 0.0);
  if (ROWS == 2u) { stats[counters.y] = vec2f(logSumExp.y, 0.0); }
}
