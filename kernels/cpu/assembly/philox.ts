/**
 * Maths   Philox4x32-10: four words from the key (seed, micro-batch) and the counter (column / 4, row, step, site);
 *         the element at (row, column) takes word column % 4 and is kept when that is >= dropoutThreshold
 * Paper   Salmon, Moraes, Dror and Shaw, SC 2011; src/random/philox.ts is the same on the host
 * Why     four blocks at once, one a lane: the 64-bit products of a round are two vector instructions each
 */

import { constant } from "./simd";

const MULTIPLIER_0 = memory.data<u32>([0xd2511f53]), MULTIPLIER_1 = memory.data<u32>([0xcd9e8d57]);
/** Weyl increments of the key: the golden ratio and sqrt(3) - 1, as 0.32 fixed point. */
const WEYL_0 = memory.data<u32>([0x9e3779b9]), WEYL_1 = memory.data<u32>([0xbb67ae85]);

/** The dropout uniforms of contract.ts: a call class that has them gives `changetype<DropoutUniforms>` of their address. */
@unmanaged
export class DropoutUniforms {
  seed: u32;
  microBatch: u32;
  step: u32;
  site: u32;
  threshold: u32;
  scale: f32;
}

/**
 * Writes the factors of the elements at columns `column .. column + count` of a row to `to`: 0 where dropped,
 * `dropout.scale` where kept. `column` is a multiple of 4; what is written is a multiple of 16 floats.
 */
export function keepScales(dropout: DropoutUniforms, row: u32, column: u32, count: u32, to: usize): void {
  const threshold = i32x4.splat(dropout.threshold);
  const scale = f32x4.splat(dropout.scale);
  const rowOfAll = i32x4.splat(row);
  const step = i32x4.splat(dropout.step);
  const site = i32x4.splat(dropout.site);
  let blocks = i32x4.add(i32x4.splat(column >> 2), i32x4(0, 1, 2, 3));
  const multiplier0 = constant(MULTIPLIER_0), multiplier1 = constant(MULTIPLIER_1);
  const weyl0 = constant(WEYL_0), weyl1 = constant(WEYL_1);
  for (const end = to + (<usize> count << 2); to < end; to += 64) {
    let c0 = blocks, c1 = rowOfAll, c2 = step, c3 = site;
    let k0 = i32x4.splat(dropout.seed), k1 = i32x4.splat(dropout.microBatch);
    for (let round = 0; round < 10; round++) {
      const a0 = i64x2.extmul_low_i32x4_u(c0, multiplier0), b0 = i64x2.extmul_high_i32x4_u(c0, multiplier0);
      const a1 = i64x2.extmul_low_i32x4_u(c2, multiplier1), b1 = i64x2.extmul_high_i32x4_u(c2, multiplier1);
      c0 = v128.xor(v128.xor(highWords(a1, b1), c1), k0);
      c1 = lowWords(a1, b1);
      c2 = v128.xor(v128.xor(highWords(a0, b0), c3), k1);
      c3 = lowWords(a0, b0);
      k0 = i32x4.add(k0, weyl0);
      k1 = i32x4.add(k1, weyl1);
    }
    c0 = v128.and(i32x4.ge_u(c0, threshold), scale);
    c1 = v128.and(i32x4.ge_u(c1, threshold), scale);
    c2 = v128.and(i32x4.ge_u(c2, threshold), scale);
    c3 = v128.and(i32x4.ge_u(c3, threshold), scale);
    // A lane is a block: transposed, a vector is.
    const ab = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5), cd = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
    const ef = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7), gh = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i32>(ab, cd, 0, 1, 4, 5));
    v128.store(to, v128.shuffle<i32>(ab, cd, 2, 3, 6, 7), 16);
    v128.store(to, v128.shuffle<i32>(ef, gh, 0, 1, 4, 5), 32);
    v128.store(to, v128.shuffle<i32>(ef, gh, 2, 3, 6, 7), 48);
    blocks = i32x4.add(blocks, i32x4.splat(4));
  }
}

/** The low words of four products, of which each vector holds two. */
// @ts-ignore: decorator
@inline
function lowWords(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/** The high words of four products. */
// @ts-ignore: decorator
@inline
function highWords(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}
