// crf_loss: add up what the sequences lose.
// Maths     loss += scale * sum of the losses that are not -1
// Bindings  0 ends [sequences, 3] read: the third is the loss | 1 loss [1] read_write
// Uniforms  rows, tags, sequences: u32, scale: f32
// Grid      one workgroup of 64 threads

struct Uniforms { rows: u32, tags: u32, sequences: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> ends: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var sequence = thread; sequence < uniforms.sequences; sequence += THREADS) {
    sum += max(0.0, ends[sequence * 3u + 2u]);
  }
  sum = reduceSum(thread, sum);
  if (thread == 0u) { loss[0] += uniforms.scale * sum; }
}
