// activationBackward: the gradient through an activation, in place.
// Maths     gradient *= activation'(preactivation), for the activations of gelu.wgsl
// Bindings  0 gradient [count] read_write | 1 preactivation [count] read
// Uniforms  count: u32 (elements)
// Grid      one thread an element (element.ts), 256 a workgroup, folded over x and y

override activation: u32 = 0u;

struct Uniforms { count: u32 }

@group(0) @binding(0) var<storage, read_write> gradient: array<Stored>;
@group(0) @binding(1) var<storage, read> preactivation: array<Stored>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let at = (wid.x + wid.y * nwg.x) * 256u + thread;
  if (at >= uniforms.count / WIDTH) { return; }
  gradient[at] = Stored(Element(gradient[at]) * derivativeOf(Element(preactivation[at])));
}
