// attentionBackwardDelta: what the softmax of a row takes off each of its gradients.
// Maths     delta = dOut . out over the columns of a head, which is sum_j p_j dp_j (see the pass by query rows)
// Paper     Dao et al. 2022, arXiv:2205.14135
// Bindings  0 out, 1 dOut [tokens, hidden] read | 2 stats [tokens, heads, 2] write: the second number
// Uniforms  the first of attention_passes.ts
// Grid      one invocation a token and head, 64 a workgroup: ceil(tokens * heads / 64), folded over x and y
// Why       a row's sum over all keys would have to be known before its first key

struct Uniforms { tokens: u32, heads: u32, headSize: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> out: array<Real>;
@group(0) @binding(1) var<storage, read> dOut: array<Real>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec2f>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  // Token and head count as one index, and hidden = heads * headSize: head i begins at column i * headSize of all.
  let i = (wid.x + wid.y * nwg.x) * 64u + thread;
  if (i >= uniforms.tokens * uniforms.heads) { return; }
  var delta = 0.0;
  for (var at = i * uniforms.headSize; at < (i + 1u) * uniforms.headSize; at++) {
    delta += f32(dOut[at]) * f32(out[at]);
  }
  stats[i].y = delta;
}
