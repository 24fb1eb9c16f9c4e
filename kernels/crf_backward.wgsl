// crf_backward: backward sums over the paths of each sequence, and the gradient of its emissions.
// Maths     beta[t, i] = log sum_j exp(transition[i, j] + emission[t+1, j] + beta[t+1, j] - shift
//           - norm[t+1])
//           norm[t] = log sum_j exp(alpha[t, j] + beta[t, j]), shift = max alpha[t]
//           dEmissions = scale * (p - q), p = exp(alpha + beta - norm) of all paths, q the same of the labelled
// Bindings  0 emissions [rows, tags] read | 1 labels [rows] read | 2 cuRows [sequences + 1] read
//           3 scores [tags + 2, tags] read: transitions, starts, ends | 4 alphas [rows, 2, tags] read
//           5 betas [rows, 2, tags + 2] write: beta, shift, norm | 6 dEmissions [rows, tags] write
//           7 scaling [3] read, optional: a factor of the scale, ...
// Uniforms  rows, tags, sequences: u32, scale: f32
// Grid      one workgroup of 64 threads a sequence, a thread every 64th tag, folded over x and y
// Why       each row is normalised by itself, so that errors do not grow along a sequence. A sequence whose
//           labels no path has gets a norm so large that its probabilities are 0

override hasScaling: u32 = 0u;

struct Uniforms { rows: u32, tags: u32, sequences: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> emissions: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> cuRows: array<u32>;
@group(0) @binding(3) var<storage, read> scores: array<f32>;
@group(0) @binding(4) var<storage, read> alphas: array<f32>;
@group(0) @binding(5) var<storage, read_write> betas: array<f32>;
@group(0) @binding(6) var<storage, read_write> dEmissions: array<Real>;
@group(0) @binding(7) var<storage, read> scaling: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

fn betaOf(row: u32, chain: u32) -> u32 { return (row * 2u + chain) * (uniforms.tags + 2u); }

fn allows(chain: u32, label: i32, tag: u32) -> bool { return chain == ALL || label < 0 || u32(label) == tag; }

// The log of the sum over what follows `tag` in the next row, whose normaliser is `norm`.
fn followed(row: u32, chain: u32, tag: u32, norm: f32) -> f32 {
  let tags = uniforms.tags;
  let next = row + 1u;
  let beta = betaOf(next, chain);
  let label = labels[next];
  var largest = NEVER;
  for (var j = 0u; j < tags; j++) {
    let score = scoreOf(scores[tag * tags + j]) + (emissions[next * tags + j] + betas[beta + j] - norm);
    if (allows(chain, label, j)) { largest = max(largest, score); }
  }
  var sum = 0.0;
  for (var j = 0u; j < tags; j++) {
    let score = scoreOf(scores[tag * tags + j]) + (emissions[next * tags + j] + betas[beta + j] - norm);
    if (allows(chain, label, j)) { sum += exp(score - largest); }
  }
  return logOf(largest, sum);
}

fn normOf(row: u32, chain: u32) -> f32 {
  let alpha = alphasOf(row, chain);
  let beta = betaOf(row, chain);
  var largest = NEVER;
  for (var j = 0u; j < uniforms.tags; j++) { largest = max(largest, alphas[alpha + j] + betas[beta + j]); }
  var sum = 0.0;
  for (var j = 0u; j < uniforms.tags; j++) { sum += exp(alphas[alpha + j] + betas[beta + j] - largest); }
  return select(logOf(largest, sum), -NEVER, largest <= HARDLY);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let sequence = wid.x + wid.y * nwg.x;
  if (sequence >= uniforms.sequences) { return; }
  let tags = uniforms.tags;
  let begin = cuRows[sequence];
  let end = cuRows[sequence + 1u];
  var scale = uniforms.scale;
  if (hasScaling == 1u) { scale *= scaling[0]; }
  var norms = vec2f(0.0); // of the row after this one, shift and norm together
  var impossible = false;
  for (var left = end - begin; left > 0u; left--) {
    let row = begin + left - 1u;
    for (var chain = 0u; chain < 2u; chain++) {
      for (var tag = thread; tag < tags; tag += THREADS) {
        var beta = scoreOf(scores[(tags + 1u) * tags + tag]);
        if (row + 1u < end) { beta = followed(row, chain, tag, norms[chain]); }
        betas[betaOf(row, chain) + tag] = beta;
      }
    }
    storageBarrier();
    var norm = vec2f(normOf(row, ALL), normOf(row, LABELLED));
    if (row + 1u == end) { impossible = norm.y > -HARDLY; }
    if (impossible) { norm = vec2f(-NEVER); }
    var shift = vec2f(0.0);
    if (row > begin) { shift = vec2f(shiftOf(row - 1u, ALL), shiftOf(row - 1u, LABELLED)); }
    norms = shift + norm;
    for (var tag = thread; tag < tags; tag += THREADS) {
      let p = exp(alphas[alphasOf(row, ALL) + tag] + betas[betaOf(row, ALL) + tag] - norm.x);
      var q = exp(alphas[alphasOf(row, LABELLED) + tag] + betas[betaOf(row, LABELLED) + tag] - norm.y);
      if (labels[row] >= 0 && !impossible) { q = select(0.0, 1.0, u32(labels[row]) == tag); }
      dEmissions[row * tags + tag] = Real(scale * (p - q));
    }
    if (thread < 2u) {
      betas[betaOf(row, thread) + tags] = shift[thread];
      betas[betaOf(row, thread) + tags + 1u] = norm[thread];
    }
  }
}
