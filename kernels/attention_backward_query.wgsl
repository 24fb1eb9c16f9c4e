// attentionBackwardQuery: the gradient of attention with respect to its queries.
// Maths     for a row: p_j = exp(scale * q . k_j - logsumexp), ds_j = p_j (keep_j dOut . v_j - delta),
//           dq = scale * sum_j ds_j k_j
// Paper     Dao et al. 2022, arXiv:2205.14135; Dao 2023, arXiv:2307.08691
// Bindings  0 qkv [tokens, 3, hidden] read: q, k, v | 1 dOut [tokens, hidden] read | 2 bounds [tokens, 2] read
//           3 stats [tokens, heads, 2] read: logsumexp, delta | 4 dQkv [tokens, 3, hidden] write: dq | with
//           positions those of attention_positions.wgsl, and scores and gradients as there
// Uniforms, constants, grid: attention_tile.wgsl
// Why       keys go in fours because a block of dropout's bits serves four columns

@group(0) @binding(0) var<storage, read> qkv: array<Element>;
@group(0) @binding(1) var<storage, read> dOut: array<Element>;
@group(0) @binding(2) var<storage, read> bounds: array<vec2u>;
@group(0) @binding(3) var<storage, read> stats: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> dQkv: array<Element>;

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
    var upstream = array<array<Block, CHUNKS>, GROUPS>();
    var gradient = array<array<Block, CHUNKS>, GROUPS>();
    var ofRow = array<array<vec2f, PER>, GROUPS>();
    for (var g = 0u; g < GROUPS; g++) {
      for (var i = 0u; i < rows; i++) {
        let row = min(first + g * PER + i, last);
        let at = placeOf(row, QUERY, head);
        for (var c = 0u; c < CHUNKS; c++) { q[g][c] = withColumn(q[g][c], i, uniforms.scale * qkvChunk(at, c)); }
        let atUpstream = elementOf(row, head);
        for (var c = 0u; c < CHUNKS; c++) { upstream[g][c] = withColumn(upstream[g][c], i, dOutChunk(atUpstream, c)); }
      }
      for (var i = 0u; i < PER; i++) {
        ofRow[g][i] = stats[min(first + g * PER + i, last) * uniforms.heads + head];
      }
    }

    let lastKey = lastSeen(first, sequence);
    for (var k = firstSeen(first, sequence); k <= lastKey; k += 4u) {
      let inside = k + LANES <= vec4u(last);
      let at = placesOf(fourRows(k, last), KEY, head);
      // Of a group, one matrix column a row with four keys in it: scores, then their gradients; gradients of
      // weights.
      var s = array<Block, GROUPS>();
      var dWeights = array<Block, GROUPS>();
      var keys = array<mat4x4f, CHUNKS>();
      for (var c = 0u; c < CHUNKS; c++) {
        keys[c] = qkvBlock(at, c);
        let across = transpose(keys[c]);
        for (var g = 0u; g < GROUPS; g++) { s[g] = multiplyAdd(s[g], across, q[g][c]); }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        let values = transpose(qkvBlock(at + (VALUE - KEY) * uniforms.hidden, c));
        for (var g = 0u; g < GROUPS; g++) { dWeights[g] = multiplyAdd(dWeights[g], values, upstream[g][c]); }
      }
      for (var p = 0u; p < POSITIONS; p++) {
        for (var g = 0u; g < GROUPS; g++) {
          var places = array<u32, SPAN>();
          for (var n = 0u; n < SPAN; n++) { places[n] = bucketPlace(first + g * PER + n, k + 3u, head); }
          for (var c = 0u; c < CHUNKS; c++) {
            var ofKeys = array<vec4f, SPAN>();
            var ofQueries = array<vec4f, SPAN>();
            for (var n = 0u; n < SPAN; n++) {
              ofKeys[n] = positionChunk(places[n] + uniforms.hidden, c);
              ofQueries[n] = uniforms.scale * positionChunk(places[n], c);
            }
            for (var i = 0u; i < PER; i++) {
              s[g][i] += vec4f(
                dot(q[g][c][i], ofKeys[i + 3u]) + dot(keys[c][0], ofQueries[i + 3u]),
                dot(q[g][c][i], ofKeys[i + 2u]) + dot(keys[c][1], ofQueries[i + 2u]),
                dot(q[g][c][i], ofKeys[i + 1u]) + dot(keys[c][2], ofQueries[i + 1u]),
                dot(q[g][c][i], ofKeys[i]) + dot(keys[c][3], ofQueries[i]));
            }
          }
        }
      }
      for (var g = 0u; g < GROUPS; g++) {
        for (var i = 0u; i < PER; i++) {
          let row = min(first + g * PER + i, last);
          let p = select(vec4f(), exp(s[g][i] - ofRow[g][i].x), inside & inWindow(row, k + LANES));
          var dWeight = dWeights[g][i];
          if (hasDropout == 1u) {
            dWeight *= keepScales(row * uniforms.heads + head, (k - sequence.x) / 4u);
          }
          s[g][i] = p * (dWeight - ofRow[g][i].y);
        }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        for (var g = 0u; g < GROUPS; g++) { gradient[g][c] = multiplyAdd(gradient[g][c], keys[c], s[g]); }
      }
      for (var p = 0u; p < POSITIONS; p++) {
        for (var g = 0u; g < GROUPS; g++) {
          var places = array<u32, SPAN>();
          for (var n = 0u; n < SPAN; n++) { places[n] = bucketPlace(first + g * PER + n, k + 3u, head); }
          for (var c = 0u; c < CHUNKS; c++) {
            var ofKeys = array<vec4f, SPAN>();
            for (var n = 0u; n < SPAN; n++) { ofKeys[n] = positionChunk(places[n] + uniforms.hidden, c); }
            for (var i = 0u; i < PER; i++) {
              gradient[g][c][i] += s[g][i].x * ofKeys[i + 3u] + s[g][i].y * ofKeys[i + 2u] +
                s[g][i].z * ofKeys[i + 1u] + s[g][i].w * ofKeys[i];
            }
          }
        }
      }
    }

    for (var g = 0u; g < GROUPS; g++) {
      for (var i = 0u; i < rows; i++) {
        let row = first + g * PER + i;
        if (row <= last) {
          for (var c = 0u; c < CHUNKS; c++) {
            storeGradient(placeOf(row, QUERY, head), c, uniforms.scale * columnOf(gradient[g][c], i));
          }
        }
      }
    }
    first = nextTile(first, sequence);
  }
}
