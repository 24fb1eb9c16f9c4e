// crf: forward sums over the paths of each sequence, over all of them and over those with the labels.
// Maths     alpha[t, j] = emission[t, j] + log sum_i exp(alpha[t-1, i] - max alpha[t-1] + transition[i, j])
//           last = log sum_j exp(alpha[last, j] + end[j])
//           loss = the sum over t of the difference of the maxima, and the difference of both `last`
// Paper     Lafferty, McCallum and Pereira 2001; Rabiner 1989 (a shift in each step in place of his scale)
// Bindings  0 emissions [rows, tags] read | 1 labels [rows] read | 2 cuRows [sequences + 1] read
//           3 scores [tags + 2, tags] read: transitions, starts, ends
//           4 alphas [rows, 2, tags] write | 5 ends [sequences, 3] write: last of both, loss or -1
// Uniforms  rows, tags, sequences: u32, scale: f32
// Grid      one workgroup of 64 threads a sequence, a thread every 64th tag, folded over x and y
// Why       every thread finds the maximum of a row by itself, so a row has one barrier; the maxima are taken
//           from each other row by row, since their sums are much larger than the loss

struct Uniforms { rows: u32, tags: u32, sequences: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> emissions: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> cuRows: array<u32>;
@group(0) @binding(3) var<storage, read> scores: array<f32>;
@group(0) @binding(4) var<storage, read_write> alphas: array<f32>;
@group(0) @binding(5) var<storage, read_write> ends: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

// The log of the sum over what leads from the row before to `tag`.
fn reached(row: u32, chain: u32, tag: u32, shift: f32) -> f32 {
  let tags = uniforms.tags;
  let place = alphasOf(row - 1u, chain);
  var largest = NEVER;
  for (var i = 0u; i < tags; i++) {
    largest = max(largest, alphas[place + i] - shift + scoreOf(scores[i * tags + tag]));
  }
  var sum = 0.0;
  for (var i = 0u; i < tags; i++) {
    sum += exp(alphas[place + i] - shift + scoreOf(scores[i * tags + tag]) - largest);
  }
  return logOf(largest, sum);
}

// The log of the sum over the ends of all paths.
fn lastOf(row: u32, chain: u32) -> f32 {
  let tags = uniforms.tags;
  let place = alphasOf(row, chain);
  let end = (tags + 1u) * tags;
  var largest = NEVER;
  for (var i = 0u; i < tags; i++) { largest = max(largest, alphas[place + i] + scoreOf(scores[end + i])); }
  var sum = 0.0;
  for (var i = 0u; i < tags; i++) { sum += exp(alphas[place + i] + scoreOf(scores[end + i]) - largest); }
  return logOf(largest, sum);
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
  var difference = 0.0;
  for (var row = begin; row < end; row++) {
    var shift = 0.0;
    var labelledShift = 0.0;
    if (row > begin) {
      storageBarrier();
      shift = shiftOf(row - 1u, ALL);
      labelledShift = shiftOf(row - 1u, LABELLED);
      difference += shift - labelledShift;
    }
    for (var tag = thread; tag < tags; tag += THREADS) {
      let emission = emissions[row * tags + tag];
      var all = 0.0;
      var labelled = 0.0;
      if (row == begin) {
        all = scoreOf(scores[tags * tags + tag]);
        labelled = all;
      } else {
        all = reached(row, ALL, tag, shift);
        labelled = reached(row, LABELLED, tag, labelledShift);
      }
      if (labels[row] >= 0 && u32(labels[row]) != tag) { labelled = NEVER; }
      alphas[alphasOf(row, ALL) + tag] = select(all + emission, NEVER, all <= HARDLY);
      alphas[alphasOf(row, LABELLED) + tag] = select(labelled + emission, NEVER, labelled <= HARDLY);
    }
  }
  storageBarrier();
  if (thread > 0u) { return; }
  var last = 0.0;
  var labelledLast = 0.0;
  var loss = -1.0;
  if (begin < end) {
    last = lastOf(end - 1u, ALL);
    labelledLast = lastOf(end - 1u, LABELLED);
    loss = max(0.0, difference + (last - labelledLast));
    if (labelledLast <= HARDLY) {
      last = 0.0;
      labelledLast = 0.0;
      loss = -1.0;
    }
  }
  ends[sequence * 3u] = last;
  ends[sequence * 3u + 1u] = labelledLast;
  ends[sequence * 3u + 2u] = loss;
}
