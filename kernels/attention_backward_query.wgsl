// attentionBackwardQuery: the gradient of attention with respect to its queries.
// Maths     for a row: p_j = exp(scale * q . k_j - logsumexp), ds_j = p_j (keep_j dOut . v_j - delta),
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

fn storeGradient(at: u32, chunk: u32, x: vec4f) {
  if (WIDE) {
    dQuery[at / 4u + chunk] = element(x);
  } else {
    let i = at + chunk * 4u;
    for (var n = 0u; n < min(4u, HEAD_SIZE - chunk * 4u); n++) { dQuery[i + n] = element(vec4f(x[n])); }
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
    var q = array<array<Block, CHUNKS>, GROUPS>();
    var upstream = array<array<Block, CHUNKS>, GROUPS>();
    var gradient = array<array<Block, CHUNKS>, GROUPS>();
    var ofRow = array<array<vec2f, PER>, GROUPS>();
    for (var g = 0u; g < GROUPS; g++) {
      let rows = fourRows(first + g * PER, last);
      let at = elementsOf(rows, head);
      for (var i = 0u; i < PER; i++) {
        for (var c = 0u; c < CHUNKS; c++) { q[g][c][i] = uniforms.scale * queryChunk(at[i], c); }
        for (var c = 0u; c < CHUNKS; c++) { upstream[g][c][i] = dOutChunk(at[i], c); }
        ofRow[g][i] = stats[rows[i] * uniforms.heads + head];
      }
    }

    for (var k = sequence.x; k <= last; k += 4u) {
      let inside = k + LANES <= vec4u(last);
      let at = elementsOf(fourRows(k, last), head);
      // Of a group, one matrix column a row with four keys in it: scores, then their gradients; gradients of weights.
      var s = array<Block, GROUPS>();
      var dWeights = array<Block, GROUPS>();
      var keys = array<mat4x4f, CHUNKS>();
      for (var c = 0u; c < CHUNKS; c++) {
        keys[c] = keyBlock(at, c);
        let across = transpose(keys[c]);
        for (var g = 0u; g < GROUPS; g++) { s[g] = multiplyAdd(s[g], across, q[g][c]); }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        let values = transpose(valueBlock(at, c));
        for (var g = 0u; g < GROUPS; g++) { dWeights[g] = multiplyAdd(dWeights[g], values, upstream[g][c]); }
      }
      for (var g = 0u; g < GROUPS; g++) {
        for (var i = 0u; i < PER; i++) {
          let p = select(vec4f(), exp(s[g][i] - ofRow[g][i].x), inside);
          var dWeight = dWeights[g][i];
          if (hasDropout == 1u) {
            let row = min(first + g * PER + i, last);
            dWeight *= keepScales(row * uniforms.heads + head, (k - sequence.x) / 4u);
          }
          s[g][i] = p * (dWeight - ofRow[g][i].y);
        }
      }
      for (var c = 0u; c < CHUNKS; c++) {
        for (var g = 0u; g < GROUPS; g++) { gradient[g][c] = multiplyAdd(gradient[g][c], keys[c], s[g]); }
      }
    }

    for (var g = 0u; g < GROUPS; g++) {
      for (var i = 0u; i < PER; i++) {
        let row = first + g * PER + i;
        if (row <= last) {
          for (var c = 0u; c < CHUNKS; c++) {
            storeGradient(elementOf(row, head), c, uniforms.scale * gradient[g][c][i]);
          }
        }
      }
    }
    first = nextTile(first, sequence);
  }
}
