// gradient_norm: sums of squares of blocks, the first of two passes.
// Maths     partials[b] = sum of gradients² over block b
// Bindings  0 gradients [count] read | 1 partials [blocks] write
// Uniforms  count, slot, slots: u32
// Grid      one workgroup of 64 threads a block of 16,384 elements, folded over x and y
// Why       each thread adds 64 squares in each of four lanes, then lanes and threads are added: the error stays near one
//           unit. Eight threads walk through a stretch of their own, 128 bytes at a step, as a processor that runs them as
//           one vector fetches ahead only what lies ahead

const BLOCK = 4096u;
const LANES = 8u;
const STRETCH = 512u;

struct Uniforms { count: u32, slot: u32, slots: u32 }

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = wid.x + wid.y * nwg.x;
  let vectors = uniforms.count / 4u;
  if (block * BLOCK >= vectors) { return; }
  let begin = block * BLOCK + thread / LANES * STRETCH;
  let end = min(vectors, begin + STRETCH);
  var sum = vec4f(0.0);
  for (var i = begin + thread % LANES; i < end; i += LANES) {
    let gradient = gradients[i];
    sum += gradient * gradient;
  }
  let total = reduceSum(thread, (sum.x + sum.y) + (sum.z + sum.w));
  if (thread == 0u) { partials[block] = total; }
}
