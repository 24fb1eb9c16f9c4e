// disentangledAttentionPositions: the gradients of the queries and keys of positions.
// Maths     dqr = scale * sum ds_ij k_j, dkr = scale * sum ds_ij q_i, over the rows i and keys j of all sequences whose
//           distance is in the bucket, ds_ij as in attention_positions.wgsl
// Paper     He et al. 2021, arXiv:2006.03654
// Bindings  0 qkv [tokens, 3, hidden] read | 1 positions [buckets, 2, hidden] read: qr, kr | 2 rangeOf [buckets, 2] read
//           3 dOut [tokens, hidden] read | 4 bounds [tokens, 2] read | 5 stats [tokens, heads, 2] read: logsumexp, delta
//           6 dPositions [buckets, 2, hidden] write
// Uniforms  those of attention_passes.ts
// Grid      that of rows.wgsl, a row being a bucket and head, whose threads share the tokens
// Why       a position owns its gradient, so no two of them add to the same place and sums have one order

@group(0) @binding(0) var<storage, read> qkv: array<Real>;
@group(0) @binding(1) var<storage, read> positions: array<Real>;
@group(0) @binding(2) var<storage, read> rangeOf: array<vec2u>;
@group(0) @binding(3) var<storage, read> dOut: array<Real>;
@group(0) @binding(4) var<storage, read> bounds: array<vec2u>;
@group(0) @binding(5) var<storage, read> stats: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> dPositions: array<Real>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

// Sums of the threads of a bucket and head.
alias Partial = f32;
fn merge(a: f32, b: f32) -> f32 { return a + b; }

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (wid.x + wid.y * nwg.x) * (THREADS / lanes) + thread / lanes;
  let head = index % uniforms.heads;
  // Threads beyond the last bucket have nothing to do but to meet the others.
  let inside = index / uniforms.heads < uniforms.buckets;
  let bucket = select(0u, index / uniforms.heads, inside);
  let atQuery = bucket * 2u * uniforms.hidden + head * HEAD_SIZE;
  let atKey = atQuery + uniforms.hidden;
  var dQuery = array<f32, HEAD_SIZE>();
  var dKey = array<f32, HEAD_SIZE>();
  let range = rangeOf[bucket];
  for (var number = range.x; number < select(0u, range.y, inside); number++) {
    let distance = i32(number) - (i32(uniforms.distances) - 1) / 2;
    for (var row = thread % lanes; row < uniforms.tokens; row += lanes) {
      let sequence = bounds[row];
      let other = i32(row) - distance;
      if (other < i32(sequence.x) || other >= i32(sequence.y)) { continue; }
      let key = u32(other);
      let q = row * 3u * uniforms.hidden + head * HEAD_SIZE;
      let k = (key * 3u + 1u) * uniforms.hidden + head * HEAD_SIZE;
      let upstream = row * uniforms.hidden + head * HEAD_SIZE;
      var score = 0.0;
      var dWeight = 0.0;
      for (var c = 0u; c < HEAD_SIZE; c++) {
        let query = f32(qkv[q + c]);
        let keyed = f32(qkv[k + c]);
        let ofKey = f32(positions[atKey + c]);
        score += query * (keyed + ofKey) + f32(positions[atQuery + c]) * keyed;
        dWeight += f32(dOut[upstream + c]) * f32(qkv[k + uniforms.hidden + c]);
      }
      let counter = row * uniforms.heads + head;
      let p = exp(uniforms.scale * score - stats[counter].x);
      if (hasDropout == 1u) { dWeight *= keepScale(counter, key - sequence.x); }
      let gradient = uniforms.scale * p * (dWeight - stats[counter].y);
      for (var c = 0u; c < HEAD_SIZE; c++) {
        dQuery[c] += gradient * f32(qkv[k + c]);
        dKey[c] += gradient * f32(qkv[q + c]);
      }
    }
  }
  for (var c = 0u; c < HEAD_SIZE; c++) {
    let query = mergeRow(thread, dQuery[c]);
    let key = mergeRow(thread, dKey[c]);
    if (inside && thread % lanes == 0u) {
      dPositions[atQuery + c] = Real(query);
      dPositions[atKey + c] = Real(key);
    }
  }
}
