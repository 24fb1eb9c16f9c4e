// philox (prelude): the random bits of dropout, equal on every device.
// Maths     Philox4x32-10: four words from the key (seed, micro-batch) and the counter (column / 4, row, step, site);
//           the element at (row, column) takes word column % 4 and is kept when that is >= dropoutThreshold
// Paper     Salmon, Moraes, Dror and Shaw, SC 2011; src/random/philox.ts is the same on the host
// Uniforms  the dropout uniforms of contract.ts, read from the `uniforms` of the kernel that follows
// Why       64-bit products are put together from 16-bit halves, because WGSL has no 64-bit integers

// Whether anything is dropped, from dropoutConstants(). A constant, because a software adapter draws the bits of a vector
// even where a uniform says that nobody wants them.
override hasDropout: u32 = 0u;

const PHILOX_MULTIPLIERS = vec2u(0xd2511f53u, 0xcd9e8d57u);
const PHILOX_WEYL = vec2u(0x9e3779b9u, 0xbb67ae85u);

// The high words of two 64-bit products; every partial sum stays below 2^32.
fn multiplyHigh(a: vec2u, b: vec2u) -> vec2u {
  let aLow = a & vec2u(0xffffu);
  let aHigh = a >> vec2u(16u);
  let bLow = b & vec2u(0xffffu);
  let bHigh = b >> vec2u(16u);
  let middle = aHigh * bLow + ((aLow * bLow) >> vec2u(16u));
  let carry = (middle & vec2u(0xffffu)) + aLow * bHigh;
  return aHigh * bHigh + (middle >> vec2u(16u)) + (carry >> vec2u(16u));
}

fn philox4x32(counter: vec4u, key: vec2u) -> vec4u {
  var block = counter;
  var roundKey = key;
  for (var round = 0u; round < 10u; round++) {
    let high = multiplyHigh(PHILOX_MULTIPLIERS, block.xz);
    let low = PHILOX_MULTIPLIERS * block.xz;
    let mixed = high.yx ^ block.yw ^ roundKey;
    block = vec4u(mixed.x, low.y, mixed.y, low.x);
    roundKey += PHILOX_WEYL;
  }
  return block;
}

// Factors of the elements at columns 4 * block .. 4 * block + 3 of a row: 0 where dropped, dropoutScale where kept.
fn keepScales(row: u32, block: u32) -> vec4f {
  if (hasDropout == 0u) { return vec4f(uniforms.dropoutScale); }
  let words = philox4x32(
    vec4u(block, row, uniforms.dropoutStep, uniforms.dropoutSite),
    vec2u(uniforms.dropoutSeed, uniforms.dropoutMicroBatch),
  );
  return select(vec4f(0.0), vec4f(uniforms.dropoutScale), words >= vec4u(uniforms.dropoutThreshold));
}

// The factor of one element; four columns in a row are cheaper through keepScales.
fn keepScale(row: u32, column: u32) -> f32 {
  return keepScales(row, column >> 2u)[column & 3u];
}
