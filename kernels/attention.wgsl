// attention: each token gets the mean of its sequence's values, weighted by softmax over its scores, in each head.
// Maths     s_j = scale * q . k_j, p = softmax(s), out = sum_j keep_j p_j v_j, stats = logsumexp(s), 0
//           four keys at a time: m' = max(m, s), total' = exp(m - m') total + sum exp(s - m'), and the sum of values
//           likewise
// Paper     Dao et al. 2022, arXiv:2205.14135, with the division at the end as in Dao 2023, arXiv:2307.08691
// Bindings  0 qkv [tokens, 3, hidden] read: q, k, v | 1 bounds [tokens, 2] read
//           2 out [tokens, hidden] write | 3 stats [tokens, heads, 2] write | with positions those of
//           attention_positions.wgsl, and s_j as there
// Uniforms, constants, grid: attention_tile.wgsl
// Why       keys go in fours because a block of dropout's bits serves four columns

@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read> bounds: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> out: array<Element>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;

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

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * THREADS + thread;
  let head = index % uniforms.heads;
  let begin = index / uniforms.heads * ROWS;
  let end = min(begin + ROWS, uniforms.tokens);
  for (var first = tileFrom(begin); first < end;) {
    let sequence = bounds[first];
    let last = sequence.y - 1u;
    let rows = select(0u, PER, first < end);
    var q = array<array<Block, CHUNKS>, GROUPS>();
    var sums = array<array<Block, CHUNKS>, GROUPS>();
    var largest = array<vec4f, GROUPS>();
    var total = array<vec4f, GROUPS>();
    for (var g = 0u; g < GROUPS; g++) {
      largest[g] = vec4f(LOWEST);
      for (var i = 0u; i < rows; i++) {
        let at = placeOf(min(first + g * PER + i, last), QUERY, head);
        for (var c = 0u; c < CHUNKS; c++) { q[g][c] = withColumn(q[g][c], i, uniforms.scale * qkvChunk(at, c)); }
      }
    }

    let lastKey = lastSeen(first, sequence);
    for (var k = firstSeen(first, sequence); k <= lastKey; k += 4u) {
      let inside = k + LANES <= vec4u(last);
      let at = placesOf(fourRows(k, last), KEY, head);
      // Of a group, one matrix column a row with four keys in it: scores, then their weights.
      var s = array<Block, GROUPS>();
      for (var c = 0u; c < CHUNKS; c++) {
        let keys = transpose(qkvBlock(at, c));
        for (var g = 0u; g < GROUPS; g++) { s[g] = multiplyAdd(s[g], keys, q[g][c]); }
      }
      for (var p = 0u; p < POSITIONS; p++) {
        for (var g = 0u; g < GROUPS; g++) {
          var places = array<u32, SPAN>();
          for (var n = 0u; n < SPAN; n++) { places[n] = bucketPlace(first + g * PER + n, k + 3u, head); }
          for (var c = 0u; c < CHUNKS; c++) {
            let keys = qkvBlock(at, c);
            var ofKeys = array<vec4f, SPAN>();
            var ofQueries = array<vec4f, SPAN>();
            for (var n = 0u; n < SPAN; n++) {
              ofKeys[n] = positionChunk(places[n] + uniforms.hidden, c);
              ofQueries[n] = uniforms.scale * positionChunk(places[n], c);
            }
            for (var i = 0u; i < PER; i++) {
              s[g][i] += vec4f(
                dot(q[g][c][i], ofKeys[i + 3u]) + dot(keys[0], ofQueries[i + 3u]),
                dot(q[g][c][i], ofKeys[i + 2u]) + dot(keys[1], ofQueries[i + 2u]),
                dot(q[g][c][i], ofKeys[i + 1u]) + dot(keys[2], ofQueries[i + 1u]),
                dot(q[g][c][i], ofKeys[i]) + dot(keys[3], ofQueries[i]));
            }
          }
        }
      }
      var corrections = array<vec4f, GROUPS>();
      for (var g = 0u; g < GROUPS; g++) {
        for (var i = 0u; i < PER; i++) {
          let row = min(first + g * PER + i, last);
          let score = select(vec4f(LOWEST), s[g][i], inside & inWindow(row, k + LANES));
          let most = max(largest[g][i], max(max(score.x, score.y), max(score.z, score.w)));
          corrections[g][i] = exp(largest[g][i] - most);
          largest[g][i] = most;
          var weights = exp(score - most);
          total[g][i] = fma(total[g][i], corrections[g][i], (weights.x + weights.y) + (weights.z + weights.w));
          if (hasDropout == 1u) {
            weights *= keepScales(row * uniforms.heads + head, (k - sequence.x) / 4u);
          }
          s[g][i] = weights;
        }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        let values = qkvBlock(at + (VALUE - KEY) * uniforms.hidden, c);
        for (var g = 0u; g < GROUPS; g++) {
          for (var i = 0u; i < PER; i++) { sums[g][c][i] *= corrections[g][i]; }
          sums[g][c] = multiplyAdd(sums[g][c], values, s[g]);
        }
      }
    }

    for (var g = 0u; g < GROUPS; g++) {
      let most = largest[g];
      let sum = total[g];
      for (var i = 0u; i < rows; i++) {
        let row = first + g * PER + i;
        if (row <= last) {
          for (var c = 0u; c < CHUNKS; c++) { storeOut(elementOf(row, head), c, columnOf(sums[g][c], i) / sum[i]); }
          stats[row * uniforms.heads + head] = vec2f(most[i] + log(sum[i]), 0.0);
        }
      }
    }
    first = nextTile(first, sequence);
  }
}
