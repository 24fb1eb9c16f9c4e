// crf_backward_scores: the gradient of transitions, starts and ends.
// Maths     dScores[i, j] += scale * sum over t of (p - q), of all paths and of those with the labels
//           p = exp(alpha[t-1, i] + transition[i, j] + emission[t, j] + beta[t, j] - shift - norm[t])
//           and the same of starts and ends
// Bindings  0 emissions [rows, tags] read | 1 labels [rows] read | 2 cuRows [sequences + 1] read
//           3 scores [tags + 2, tags] read: transitions, starts, ends | 4 alphas [rows, 2, tags] read
//           5 betas [rows, 2, tags + 2] read: beta, shift, norm | 6 dScores [tags + 2, tags] read_write
//           7 scaling [3] read, optional: a factor of the scale, ...
// Uniforms  rows, tags, sequences: u32, scale: f32
// Grid      one thread an element of dScores, 64 a workgroup, folded over x and y
// Why       each element has one owner, which goes through the sequences in their order, so a sum is the same
//           in every run

override hasScaling: u32 = 0u;

struct Uniforms { rows: u32, tags: u32, sequences: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> emissions: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> cuRows: array<u32>;
@group(0) @binding(3) var<storage, read> scores: array<f32>;
@group(0) @binding(4) var<storage, read> alphas: array<f32>;
@group(0) @binding(5) var<storage, read> betas: array<f32>;
@group(0) @binding(6) var<storage, read_write> dScores: array<f32>;
@group(0) @binding(7) var<storage, read> scaling: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

// The probability of a path through `tag` in a row, whose way there scores `way`: 0 where a label says
// otherwise.
fn through(row: u32, chain: u32, tag: u32, way: f32) -> f32 {
  let tags = uniforms.tags;
  if (chain == LABELLED && labels[row] >= 0 && u32(labels[row]) != tag) { return 0.0; }
  let beta = (row * 2u + chain) * (tags + 2u);
  let shift = betas[beta + tags];
  let norm = betas[beta + tags + 1u];
  return exp(way - shift + (emissions[row * tags + tag] + betas[beta + tag]) - norm);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tags = uniforms.tags;
  let element = (wid.x + wid.y * nwg.x) * THREADS + thread;
  if (element >= (tags + 2u) * tags || scores[element] <= FORBIDDEN) { return; }
  let before = element / tags;
  let tag = element % tags;
  let score = scores[element];
  var total = 0.0;
  for (var sequence = 0u; sequence < uniforms.sequences; sequence++) {
    let begin = cuRows[sequence];
    let end = cuRows[sequence + 1u];
    if (begin == end) { continue; }
    var own = 0.0;
    if (before == tags) {
      own = through(begin, ALL, tag, score) - through(begin, LABELLED, tag, score);
    } else if (before > tags) {
      let last = end - 1u;
      let beta = last * 2u * (tags + 2u) + tags + 1u;
      let alpha = alphasOf(last, ALL) + tag;
      let p = exp(alphas[alpha] + score - betas[beta]);
      let q = exp(alphas[alpha + tags] + score - betas[beta + tags + 2u]);
      own = p - q;
    } else {
      for (var row = begin + 1u; row < end; row++) {
        let alpha = alphasOf(row - 1u, ALL) + before;
        let p = through(row, ALL, tag, alphas[alpha] + score);
        let q = through(row, LABELLED, tag, alphas[alpha + tags] + score);
        own += p - q;
      }
    }
    total += own;
  }
  var scale = uniforms.scale;
  if (hasScaling == 1u) { scale *= scaling[0]; }
  dScores[element] += scale * total;
}
