// accumulate: add a multiple of one buffer to another.
// Maths     into += factor * x
// Bindings  0 x [count] read | 1 into [count] read_write
// Uniforms  count: u32, factor: f32
// Grid      one thread an element (element.ts), 64 a workgroup, folded over x and y

struct Uniforms { count: u32, factor: f32 }

@group(0) @binding(0) var<storage, read> x: array<XStored>;
@group(0) @binding(1) var<storage, read_write> into: array<Stored>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.x + wid.y * nwg.x) * 64u + thread;
  if (i < uniforms.count / WIDTH) { into[i] = Stored(Element(into[i]) + uniforms.factor * Element(x[i])); }
}
