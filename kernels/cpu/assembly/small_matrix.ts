/**
 * Products of matrices that fit a cache: what attention does with the rows of one head.
 *
 * Left factors are row-major. Right factors are panels: 8 columns (4 in the last, where 4 are left over) of every row,
 * row after row, then the next 8. Numbers of rows and columns are padded to multiples of 4, with zeros where they are
 * summed over. A stride is in bytes.
 *
 * Why     tiles of 4 rows by 8 columns: 8 sums, two right vectors and one left number fit V8's 16 registers
 */

import { multiplyAdd } from "./simd";

/** c [m, n] = a [m, k] · b [k, n]. */
export function product(
  a: usize, aStride: usize, b: usize, c: usize, cStride: usize, m: u32, n: u32, k: u32,
): void {
  let column: u32 = 0;
  for (; column + 8 <= n; column += 8, b += k << 5, c += 32) {
    for (let row: u32 = 0; row < m; row += 4) tile8(a + row * aStride, aStride, b, c + row * cStride, cStride, k);
  }
  if (column == n) return;
  for (let row: u32 = 0; row < m; row += 4) tile4(a + row * aStride, aStride, b, c + row * cStride, cStride, k);
}

/** c [m, n] += aᵀ · b for a [k, m] and a row-major b [k, n]; k is any number. */
export function productTransposed(
  a: usize, aStride: usize, b: usize, bStride: usize, c: usize, m: u32, n: u32, k: u32,
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
  for (const end = b + (k << 5); b < end; b += 32, a0 += 4, a1 += 4, a2 += 4, a3 += 4) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a1);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a2);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a3);
    s30 = multiplyAdd(x, b0, s30);
    s31 = multiplyAdd(x, b1, s31);
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
    let x = v128.load32_splat(a);
    s00 = multiplyAdd(x, b0, s00);
    s01 = multiplyAdd(x, b1, s01);
    x = v128.load32_splat(a, 4);
    s10 = multiplyAdd(x, b0, s10);
    s11 = multiplyAdd(x, b1, s11);
    x = v128.load32_splat(a, 8);
    s20 = multiplyAdd(x, b0, s20);
    s21 = multiplyAdd(x, b1, s21);
    x = v128.load32_splat(a, 12);
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
    s0 = multiplyAdd(v128.load32_splat(a), b0, s0);
    s1 = multiplyAdd(v128.load32_splat(a, 4), b0, s1);
    s2 = multiplyAdd(v128.load32_splat(a, 8), b0, s2);
    s3 = multiplyAdd(v128.load32_splat(a, 12), b0, s3);
  }
  v128.store(c0, s0);
  v128.store(c1, s1);
  v128.store(c2, s2);
  v128.store(c3, s3);
}
