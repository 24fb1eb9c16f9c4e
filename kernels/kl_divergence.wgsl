// kl_divergence: how far a row of logits is from the same row of targets.
// Maths     with a = logits / T and b = targets / T, each less its maximum, and p = softmax(b):
//           loss = sum_c p_c (b_c - a_c) + log sum exp a - log sum exp b
// Paper     Hinton, Vinyals and Dean 2015, arXiv:1503.02531
// Bindings  0 logits [rows, columns] read | 1 targets [rows, columns] read
//           2 stats [rows, 4] write: max and sum of a, of b | 3 losses [rows] write
// Uniforms  rows, columns: u32, temperature: f32
// Grid      that of rows.wgsl, folded over x and y
// Why       the difference of the rows is summed with the exponentials, so a row passes through memory once; without
//           the maxima a small loss would be the difference of large numbers

// Maximum and sum of exponentials relative to it, of a and of b; and sum exp(b - max b) ((b - max b) - (a - max a)).
struct Partial { a: vec2f, b: vec2f, differences: f32 }

const NOTHING = Partial(vec2f(-3.402823e38, 0.0), vec2f(-3.402823e38, 0.0), 0.0);

// The same relative to larger maxima.
fn relativeTo(partial: Partial, a: f32, b: f32) -> Partial {
  let factor = exp(partial.b.x - b);
  let moved = partial.differences + partial.b.y * ((partial.b.x - b) - (partial.a.x - a));
  return Partial(vec2f(a, partial.a.y * exp(partial.a.x - a)), vec2f(b, partial.b.y * factor), moved * factor);
}

fn merge(left: Partial, right: Partial) -> Partial {
  let a = max(left.a.x, right.a.x);
  let b = max(left.b.x, right.b.x);
  let x = relativeTo(left, a, b);
  let y = relativeTo(right, a, b);
  return Partial(vec2f(a, x.a.y + y.a.y), vec2f(b, x.b.y + y.b.y), x.differences + y.differences);
}

fn include(partial: Partial, a: Element, b: Element) -> Partial {
  let largestA = max(partial.a.x, largestOf(a));
  let largestB = max(partial.b.x, largestOf(b));
  let before = relativeTo(partial, largestA, largestB);
  let exponentials = exp(b - largestB);
  return Partial(
    vec2f(largestA, before.a.y + sumOf(exp(a - largestA))),
    vec2f(largestB, before.b.y + sumOf(exponentials)),
    before.differences + sumOf(exponentials * ((b - largestB) - (a - largestA))),
  );
}

struct Uniforms { rows: u32, columns: u32, temperature: f32 }

@group(0) @binding(0) var<storage, read> logits: array<Element>;
@group(0) @binding(1) var<storage, read> targets: array<Element>;
@group(0) @binding(2) var<storage, read_write> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (wid.x + wid.y * nwg.x) * (THREADS / lanes) + thread / lanes;
  let inside = row < uniforms.rows;
  let length = uniforms.columns / WIDTH;
  let end = select(0u, (row + 1u) * length, inside);

  var partial = NOTHING;
  for (var at = row * length + thread % lanes; at < end; at += lanes) {
    partial = include(partial, logits[at] / uniforms.temperature, targets[at] / uniforms.temperature);
  }
  partial = mergeRow(thread, partial);

  if (inside && thread % lanes == 0u) {
    stats[row * 4u] = partial.a.x;
    stats[row * 4u + 1u] = partial.a.y;
    stats[row * 4u + 2u] = partial.b.x;
    stats[row * 4u + 3u] = partial.b.y;
    losses[row] = partial.differences / partial.b.y + log(partial.a.y) - log(partial.b.y);
  }
}
