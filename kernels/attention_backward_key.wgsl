// attentionBackwardKey: the gradients of attention with respect to its keys and values.
// Maths     for a key, over the rows i of its sequence: p_i = exp(scale * q_i . k - logsumexp_i),
//           dv = sum_i keep_i p_i dOut_i, ds_i = p_i (keep_i dOut_i . v - delta_i), dk = scale * sum_i ds_i q_i
// Paper     Dao et al. 2022, arXiv:2205.14135; Dao 2023, arXiv:2307.08691
// Bindings  0 qkv [tokens, 3, hidden] read: q, k, v | 1 dOut [tokens, hidden] read | 2 bounds [tokens, 2] read
//           3 stats [tokens, heads, 2] read: logsumexp, delta | 4 dQkv [tokens, 3, hidden] write: dk, dv | with
//           positions those of attention_positions.wgsl, and scores and gradients as there
// Uniforms, constants, grid: attention_tile.wgsl; the rows of a tile are keys here
// Why       a key owns its gradients, so that no two invocations add to the same place. Keys of a group are a block of
//           dropout's bits, or the first or later half of one, since tiles are counted from their sequence's first row

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
    let keys = select(0u, PER, first < end);
    var k = array<array<Block, CHUNKS>, GROUPS>();
    var v = array<array<Block, CHUNKS>, GROUPS>();
    var keyGradient = array<array<Block, CHUNKS>, GROUPS>();
    var valueGradient = array<array<Block, CHUNKS>, GROUPS>();
    for (var g = 0u; g < GROUPS; g++) {
      for (var j = 0u; j < keys; j++) {
        let at = placeOf(min(first + g * PER + j, last), KEY, head);
        for (var c = 0u; c < CHUNKS; c++) { k[g][c] = withColumn(k[g][c], j, uniforms.scale * qkvChunk(at, c)); }
        let atValue = at + (VALUE - KEY) * uniforms.hidden;
        for (var c = 0u; c < CHUNKS; c++) { v[g][c] = withColumn(v[g][c], j, qkvChunk(atValue, c)); }
      }
    }

    let lastRow = lastSeen(first, sequence);
    for (var i = firstSeen(first, sequence); i <= lastRow; i += 4u) {
      let inside = i + LANES <= vec4u(last);
      let rows = fourRows(i, last);
      let at = placesOf(rows, QUERY, head);
      let atUpstream = elementsOf(rows, head);
      let counters = rows * uniforms.heads + head;
      let ofRows = transpose(mat4x2f(stats[counters.x], stats[counters.y], stats[counters.z], stats[counters.w]));
      // Of a group, one matrix column a key with four rows in it: scores, then their gradients; gradients of
      // weights, then the weights.
      var s = array<Block, GROUPS>();
      var w = array<Block, GROUPS>();
      var q = array<mat4x4f, CHUNKS>();
      var upstream = array<mat4x4f, CHUNKS>();
      for (var c = 0u; c < CHUNKS; c++) {
        q[c] = qkvBlock(at, c);
        let across = transpose(q[c]);
        for (var g = 0u; g < GROUPS; g++) { s[g] = multiplyAdd(s[g], across, k[g][c]); }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        upstream[c] = dOutBlock(atUpstream, c);
        let across = transpose(upstream[c]);
        for (var g = 0u; g < GROUPS; g++) { w[g] = multiplyAdd(w[g], across, v[g][c]); }
      }
      for (var p = 0u; p < POSITIONS; p++) {
        for (var g = 0u; g < GROUPS; g++) {
          var places = array<u32, SPAN>();
          for (var n = 0u; n < SPAN; n++) { places[n] = bucketPlace(i + n, first + g * PER + PER - 1u, head); }
          for (var c = 0u; c < CHUNKS; c++) {
            var ofKeys = array<vec4f, SPAN>();
            var ofQueries = array<vec4f, SPAN>();
            for (var n = 0u; n < SPAN; n++) {
              ofKeys[n] = uniforms.scale * positionChunk(places[n] + uniforms.hidden, c);
              ofQueries[n] = positionChunk(places[n], c);
            }
            for (var j = 0u; j < PER; j++) {
              s[g][j] += vec4f(
                dot(q[c][0], ofKeys[PER - 1u - j]) + dot(k[g][c][j], ofQueries[PER - 1u - j]),
                dot(q[c][1], ofKeys[PER - j]) + dot(k[g][c][j], ofQueries[PER - j]),
                dot(q[c][2], ofKeys[PER + 1u - j]) + dot(k[g][c][j], ofQueries[PER + 1u - j]),
                dot(q[c][3], ofKeys[PER + 2u - j]) + dot(k[g][c][j], ofQueries[PER + 2u - j]));
            }
          }
        }
      }
      for (var g = 0u; g < GROUPS; g++) {
        var keep = mat4x4f();
        if (hasDropout == 1u) {
          let block = (first - sequence.x + g * PER) / 4u;
          keep = transpose(mat4x4f(
            keepScales(counters.x, block), keepScales(counters.y, block),
            keepScales(counters.z, block), keepScales(counters.w, block)));
        }
        let later = (first - sequence.x + g * PER) % 4u == 2u;
        for (var j = 0u; j < PER; j++) {
          let key = min(first + g * PER + j, last);
          let p = select(vec4f(), exp(s[g][j] - ofRows[0]), inside & inWindow(key, i + LANES));
          var dWeight = w[g][j];
          var weight = p;
          if (hasDropout == 1u) {
            let factors = select(keep[j], keep[(j + 2u) % 4u], later);
            dWeight *= factors;
            weight *= factors;
          }
          s[g][j] = p * (dWeight - ofRows[1]);
          w[g][j] = weight;
        }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        for (var g = 0u; g < GROUPS; g++) { keyGradient[g][c] = multiplyAdd(keyGradient[g][c], q[c], s[g]); }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        for (var g = 0u; g < GROUPS; g++) { valueGradient[g][c] = multiplyAdd(valueGradient[g][c], upstream[c], w[g]); }
      }
      for (var p = 0u; p < POSITIONS; p++) {
        for (var g = 0u; g < GROUPS; g++) {
          var places = array<u32, SPAN>();
          for (var n = 0u; n < SPAN; n++) { places[n] = bucketPlace(i + n, first + g * PER + PER - 1u, head); }
          for (var c = 0u; c < CHUNKS; c++) {
            var ofQueries = array<vec4f, SPAN>();
            for (var n = 0u; n < SPAN; n++) { ofQueries[n] = positionChunk(places[n], c); }
            for (var j = 0u; j < PER; j++) {
              keyGradient[g][c][j] += s[g][j].x * ofQueries[PER - 1u - j] + s[g][j].y * ofQueries[PER - j] +
                s[g][j].z * ofQueries[PER + 1u - j] + s[g][j].w * ofQueries[PER + 2u - j];
            }
          }
        }
      }
    }

    for (var g = 0u; g < GROUPS; g++) {
      for (var j = 0u; j < keys; j++) {
        let row = first + g * PER + j;
        if (row <= last) {
          for (var c = 0u; c < CHUNKS; c++) {
            storeGradient(placeOf(row, KEY, head), c, uniforms.scale * columnOf(keyGradient[g][c], j));
          }
          for (var c = 0u; c < CHUNKS; c++) { storeGradient(placeOf(row, VALUE, head), c, columnOf(valueGradient[g][c], j)); }
        }
      }
    }
    first = nextTile(first, sequence);
  }
}
