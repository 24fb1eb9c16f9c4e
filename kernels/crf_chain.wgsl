// crf_chain (prelude): what the kernels of a linear chain share, over their `alphas` [rows, 2, tags].
// Why       what cannot be has a score so low that its exponential is 0, and that adds up without leaving the
//           numbers: WGSL may assume that there are no infinities

const NEVER = -1e30;
const HARDLY = -1e29;
const FORBIDDEN = -1e4;
const THREADS = 64u;

// The two chains: all paths, and those with the labels.
const ALL = 0u;
const LABELLED = 1u;

// A score of `scores`, with what is forbidden as impossible.
fn scoreOf(score: f32) -> f32 { return select(score, NEVER, score <= FORBIDDEN); }

// log(sum) with the largest summand's logarithm taken out; impossible where that is.
fn logOf(largest: f32, sum: f32) -> f32 {
  if (largest <= HARDLY) { return NEVER; }
  return largest + log(sum);
}

// Where the alphas of a row begin.
fn alphasOf(row: u32, chain: u32) -> u32 { return (row * 2u + chain) * uniforms.tags; }

// The largest alpha of a row, 0 where nothing is possible.
fn shiftOf(row: u32, chain: u32) -> f32 {
  let place = alphasOf(row, chain);
  var largest = alphas[place];
  for (var i = 1u; i < uniforms.tags; i++) { largest = max(largest, alphas[place + i]); }
  return select(largest, 0.0, largest <= HARDLY);
}
