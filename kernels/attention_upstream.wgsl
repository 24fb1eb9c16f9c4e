// attention_upstream (prelude): loads of dOut and stores to dQkv for the backward kernels of attention, as those of
// attention_tile.wgsl.

fn dOutChunk(at: u32, chunk: u32) -> vec4f {
  if (WIDE) { return widened(dOut[at / 4u + chunk]); }
  let i = at + chunk * 4u;
  return insideHead(chunk, vec4f(
    widened(dOut[i]).x, widened(dOut[i + 1u]).x, widened(dOut[i + 2u]).x, widened(dOut[i + 3u]).x));
}

fn dOutBlock(at: vec4u, chunk: u32) -> mat4x4f {
  return mat4x4f(dOutChunk(at.x, chunk), dOutChunk(at.y, chunk), dOutChunk(at.z, chunk), dOutChunk(at.w, chunk));
}

fn storeGradient(at: u32, chunk: u32, x: vec4f) {
  if (WIDE) {
    dQkv[at / 4u + chunk] = element(x);
  } else {
    let i = at + chunk * 4u;
    for (var n = 0u; n < min(4u, HEAD_SIZE - chunk * 4u); n++) { dQkv[i + n] = element(vec4f(x[n])); }
  }
}
