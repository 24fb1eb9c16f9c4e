// adamw: one optimiser step over a run of an arena.
// Maths     g = factor * gradient; p -= rate * decay * p; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g²
//           p -= rate * (m / correction1) / (sqrt(v / correction2) + epsilon)
// Paper     Loshchilov and Hutter 2019, arXiv:1711.05101
// Bindings  0 parameters [count] read_write | 1 gradients [count] read | 2 firstMoment [count] read_write
//           3 secondMoment [count] read_write | 4 state [4] read: norm, clip factor, not finite, ...
// Uniforms  count, start, length: u32 (elements); learningRate, beta1, beta2, epsilon, weightDecay, correction1,
//           correction2: f32
// Grid      one thread four elements of start .. start + length, 256 threads a workgroup, folded over x and y
// Why       a step whose gradients are not finite changes nothing, so the last good parameters stay; four elements at
//           once because this kernel does nothing but stream, and arenas are aligned to 64

struct Uniforms {
  count: u32,
  start: u32,
  length: u32,
  learningRate: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  weightDecay: f32,
  correction1: f32,
  correction2: f32,
}

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> firstMoment: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> secondMoment: array<vec4f>;
@group(0) @binding(4) var<storage, read> state: array<f32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = (wid.x + wid.y * nwg.x) * 256u + thread;
  if (at >= uniforms.length / 4u || state[2] != 0.0) { return; }
  let i = uniforms.start / 4u + at;
  let gradient = gradients[i] * state[1];
  var p = parameters[i];
  p -= uniforms.learningRate * uniforms.weightDecay * p;
  let m = uniforms.beta1 * firstMoment[i] + (1.0 - uniforms.beta1) * gradient;
  let v = uniforms.beta2 * secondMoment[i] + (1.0 - uniforms.beta2) * gradient * gradient;
  firstMoment[i] = m;
  secondMoment[i] = v;
  parameters[i] = p - uniforms.learningRate * (m / uniforms.correction1) /
    (sqrt(v / uniforms.correction2) + uniforms.epsilon);
}
