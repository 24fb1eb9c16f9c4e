// widen: 16-bit floats to f32.
// Maths     bf16: the upper half of an f32. f16: sign, exponent + 112, fraction << 13; subnormals are fraction * 2^-24
// Bindings  0 source [words] read, two numbers a word, the first in the low half | 1 out [count] write
// Uniforms  words, count: u32
// Grid      one thread a number, 64 a workgroup, folded over x and y
// Why       on integers, because unpack2x16float may flush subnormals; they are products of normal numbers here

override format: u32 = 0;

struct Uniforms { words: u32, count: u32 }

@group(0) @binding(0) var<storage, read> source: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(1) @binding(0) var<uniform> uniforms: Uniforms;

fn widenF16(half: u32) -> u32 {
  let sign = (half & 0x8000u) << 16u;
  let exponent = (half >> 10u) & 31u;
  let fraction = half & 0x3ffu;
  if (exponent == 31u) { return sign | 0x7f800000u | (fraction << 13u); }
  if (exponent == 0u) { return sign | bitcast<u32>(f32(fraction) * 5.9604644775390625e-8); }
  return sign | ((exponent + 112u) << 23u) | (fraction << 13u);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.x + wid.y * nwg.x) * 64u + thread;
  if (i >= uniforms.count) { return; }
  let half = (source[i / 2u] >> (16u * (i & 1u))) & 0xffffu;
  if (format == 1u) { out[i] = half << 16u; } else { out[i] = widenF16(half); }
}
