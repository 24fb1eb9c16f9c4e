/**
 * Products of matrices that fit a cache: what attention does with the rows of one head.
 *
 * Right factors of `product` are panels: 8 columns of every row (4 in the last panel, where 4 are left over), row after
 * row, then the next 8. Everything else is row-major, with strides in bytes. m and n are multiples of 4, to which their
 * matrices are padded with anything: it reaches only what is padding in c. k is any number from 1.
 *
 * Why     tiles of 4 rows by 8 columns, for the reasons of matmul_tile.ts: few loads a step, four steps a round of the
 *         loop, and exits between the steps, without which asc nests their sums until registers run out
 */

import { multiplyAdd } from "./simd";

/** c [m, n] = a [m, k] · b [k, n]. */
export function product(
  a: usize,
  aStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
  m: u32,
  n: u32,
  k: u32,
): void {
  let column: u32 = 0;
  for (; column + 8 <= n; column += 8, b += k << 5, c += 32) {
    for (let row: u32 = 0; row < m; row += 4) {
      tile8(a + row * aStride, aStride, b, c + row * cStride, cStride, k);
    }
  }
  if (column == n) return;
  for (let row: u32 = 0; row < m; row += 4) {
    tile4(a + row * aStride, aStride, b, c + row * cStride, cStride, k);
  }
}

/** c [m, n] = a [m, k] · rows `first .. first + k` of b, whose panels have `bRows` rows. */
export function productOfRows(
  a: usize,
  aStride: usize,
  b: usize,
  bRows: u32,
  first: u32,
  c: usize,
  cStride: usize,
  m: u32,
  n: u32,
  k: u32,
): void {
  let column: u32 = 0;
  for (; column + 8 <= n; column += 8, b += <usize> bRows << 5, c += 32) {
    for (let row: u32 = 0; row < m; row += 4) {
      tile8(a + row * aStride, aStride, b + (<usize> first << 5), c + row * cStride, cStride, k);
    }
  }
  if (column == n) return;
  for (let row: u32 = 0; row < m; row += 4) {
    tile4(a + row * aStride, aStride, b + (<usize> first << 4), c + row * cStride, cStride, k);
  }
}

/** c [m, n] += aᵀ · b for row-major a [k, m] and b [k, n]; rows of b and c are as far apart. */
export function productTransposed(
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  m: u32,
  n: u32,
  k: u32,
): void {
  for (let row: u32 = 0; row < m; row += 4, a += 16, c += bStride << 2) {
    let column: u32 = 0;
    for (; column + 8 <= n; column += 8) {
      transposedTile8(a, aStride, b + (column << 2), bStride, c + (column << 2), k);
    }
    if (column < n) transposedTile4(a, aStride, b + (column << 2), bStride, c + (column << 2), k);
  }
}

// @ts-ignore: decorator
@inline
function tile8(a0: usize, aStride: usize, b: usize, c: usize, cStride: usize, k: u32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let a1 = a0 + aStride, a2 = a1 + aStride, a3 = a2 + aStride;
  const end = b + (k << 5);
  while (true) {
    const four0 = v128.load(a0), four1 = v128.load(a1), four2 = v128.load(a2), four3 = v128.load(a3);
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.shuffle<f32>(four0, four0, 0, 0, 0, 0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.shuffle<f32>(four1, four1, 0, 0, 0, 0);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.shuffle<f32>(four2, four2, 0, 0, 0, 0);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.shuffle<f32>(four3, four3, 0, 0, 0, 0);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    if (b + 32 == end) break;

    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.shuffle<f32>(four0, four0, 1, 1, 1, 1);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.shuffle<f32>(four1, four1, 1, 1, 1, 1);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.shuffle<f32>(four2, four2, 1, 1, 1, 1);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.shuffle<f32>(four3, four3, 1, 1, 1, 1);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    if (b + 64 == end) break;

    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = v128.shuffle<f32>(four0, four0, 2, 2, 2, 2);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.shuffle<f32>(four1, four1, 2, 2, 2, 2);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.shuffle<f32>(four2, four2, 2, 2, 2, 2);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.shuffle<f32>(four3, four3, 2, 2, 2, 2);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    if (b + 96 == end) break;

    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = v128.shuffle<f32>(four0, four0, 3, 3, 3, 3);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.shuffle<f32>(four1, four1, 3, 3, 3, 3);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.shuffle<f32>(four2, four2, 3, 3, 3, 3);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.shuffle<f32>(four3, four3, 3, 3, 3, 3);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
    b += 128;
    if (b == end) break;
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  c += cStride;
  v128.store(c, s10);
  v128.store(c, s11, 16);
  c += cStride;
  v128.store(c, s20);
  v128.store(c, s21, 16);
  c += cStride;
  v128.store(c, s30);
  v128.store(c, s31, 16);
}

// @ts-ignore: decorator
@inline
function tile4(a0: usize, aStride: usize, b: usize, c: usize, cStride: usize, k: u32): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let a1 = a0 + aStride, a2 = a1 + aStride, a3 = a2 + aStride;
  for (const end = b + (k << 4); b < end; b += 16, a0 += 4, a1 += 4, a2 += 4, a3 += 4) {
    const b0 = v128.load(b);
    s0 = multiplyAdd(v128.load32_splat(a0), b0, s0);
    s1 = multiplyAdd(v128.load32_splat(a1), b0, s1);
    s2 = multiplyAdd(v128.load32_splat(a2), b0, s2);
    s3 = multiplyAdd(v128.load32_splat(a3), b0, s3);
  }
  v128.store(c, s0);
  v128.store(c + cStride, s1);
  v128.store(c + cStride * 2, s2);
  v128.store(c + cStride * 3, s3);
}

// @ts-ignore: decorator
@inline
function transposedTile8(a: usize, aStride: usize, b: usize, bStride: usize, c0: usize, k: u32): void {
  const c1 = c0 + bStride, c2 = c1 + bStride, c3 = c2 + bStride;
  let s00 = v128.load(c0), s01 = v128.load(c0, 16), s10 = v128.load(c1), s11 = v128.load(c1, 16);
  let s20 = v128.load(c2), s21 = v128.load(c2, 16), s30 = v128.load(c3), s31 = v128.load(c3, 16);
  for (const end = b + k * bStride; b < end; b += bStride, a += aStride) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const four = v128.load(a);
    let x = v128.shuffle<f32>(four, four, 0, 0, 0, 0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.shuffle<f32>(four, four, 1, 1, 1, 1);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.shuffle<f32>(four, four, 2, 2, 2, 2);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.shuffle<f32>(four, four, 3, 3, 3, 3);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

// @ts-ignore: decorator
@inline
function transposedTile4(a: usize, aStride: usize, b: usize, bStride: usize, c0: usize, k: u32): void {
  const c1 = c0 + bStride, c2 = c1 + bStride, c3 = c2 + bStride;
  let s0 = v128.load(c0), s1 = v128.load(c1), s2 = v128.load(c2), s3 = v128.load(c3);
  for (const end = b + k * bStride; b < end; b += bStride, a += aStride) {
    const b0 = v128.load(b);
    const four = v128.load(a);
    s0 = multiplyAdd(v128.shuffle<f32>(four, four, 0, 0, 0, 0), b0, s0);
    s1 = multiplyAdd(v128.shuffle<f32>(four, four, 1, 1, 1, 1), b0, s1);
    s2 = multiplyAdd(v128.shuffle<f32>(four, four, 2, 2, 2, 2), b0, s2);
    s3 = multiplyAdd(v128.shuffle<f32>(four, four, 3, 3, 3, 3), b0, s3);
  }
  v128.store(c0, s0);
  v128.store(c1, s1);
  v128.store(c2, s2);
  v128.store(c3, s3);
}
