/**
 * Maths   tile[i, j] += sum_p a[p, i] * b[p, j], i < 5, j < 8
 *
 * The heart of matmul. V8 leaves 15 vector registers: ten hold the tile, two a row of b, one four elements of a, one an
 * element in all lanes. Engines that check the bounds of each access by code, as V8 does inside Deno, pay for a load three
 * times what a multiply-add costs; hence elements of a come by fours and not by broadcasting loads, and two steps share
 * the checks of the loop. The exit between the steps also keeps asc from nesting the sums of both in one expression, for
 * which registers do not suffice.
 */

import { multiplyAdd } from "./simd";

/** `a [k, 5]` and `b [k, 8]` are packed panels, `tile [5, 8]` is what there is so far. */
export function multiplyTile(a: usize, b: usize, tile: usize, k: u32): void {
  let c00 = v128.load(tile);
  let c01 = v128.load(tile, 16);
  let c10 = v128.load(tile, 32);
  let c11 = v128.load(tile, 48);
  let c20 = v128.load(tile, 64);
  let c21 = v128.load(tile, 80);
  let c30 = v128.load(tile, 96);
  let c31 = v128.load(tile, 112);
  let c40 = v128.load(tile, 128);
  let c41 = v128.load(tile, 144);
  const end = b + (<usize> k << 5);
  for (; b !== end; a += 40, b += 64) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let four = v128.load(a);
    let x = v128.shuffle<f32>(four, four, 0, 0, 0, 0);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.shuffle<f32>(four, four, 1, 1, 1, 1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.shuffle<f32>(four, four, 2, 2, 2, 2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.shuffle<f32>(four, four, 3, 3, 3, 3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    if (b + 32 === end) break;

    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    four = v128.load(a, 20);
    x = v128.shuffle<f32>(four, four, 0, 0, 0, 0);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.shuffle<f32>(four, four, 1, 1, 1, 1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.shuffle<f32>(four, four, 2, 2, 2, 2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.shuffle<f32>(four, four, 3, 3, 3, 3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a, 36);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
  }
  v128.store(tile, c00);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
  v128.store(tile, c40, 128);
  v128.store(tile, c41, 144);
}
