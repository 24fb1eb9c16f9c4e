/**
 * Maths   to[c] = sum of x[row, c], or += with accumulate, over rows that lie `stride` elements apart
 * Why     along memory, with the sums in the first cache; eight rows at once, so that sums move once for eight reads.
 *         Their tree keeps the error of n rows near that of n / 8
 */

import { storeFirst } from "./lanes";
import { at } from "./simd";

export function sumRows(x: usize, stride: u32, rows: u32, columns: u32, to: usize, accumulate: bool): void {
  if (!accumulate) memory.fill(to, 0, <usize> columns << 2);
  const bytes = <usize> stride << 2;
  let row: u32 = 0;
  for (; row + 8 <= rows; row += 8, x += bytes << 3) {
    let c: u32 = 0;
    for (; c + 8 <= columns; c += 8) {
      const sum = at(to, c), from = at(x, c);
      const first = f32x4.add(v128.load(sum), sumOfEight(from, bytes));
      const next = f32x4.add(v128.load(sum, 16), sumOfEight(from + 16, bytes));
      v128.store(sum, first);
      v128.store(sum, next, 16);
    }
    for (; c < columns; c += 4) {
      const sum = at(to, c);
      storeFirst(sum, f32x4.add(v128.load(sum), sumOfEight(at(x, c), bytes)), columns - c);
    }
  }
  for (; row < rows; row++, x += bytes) {
    for (let c: u32 = 0; c < columns; c += 4) {
      const sum = at(to, c);
      storeFirst(sum, f32x4.add(v128.load(sum), v128.load(at(x, c))), columns - c);
    }
  }
}

/** The sum of eight vectors that lie `stride` bytes apart, in pairs. */
// @ts-ignore: decorator
@inline
function sumOfEight(x: usize, stride: usize): v128 {
  const x2 = x + 2 * stride, x4 = x + 4 * stride, x6 = x4 + 2 * stride;
  return f32x4.add(
    f32x4.add(sumOfTwo(x, stride), sumOfTwo(x2, stride)),
    f32x4.add(sumOfTwo(x4, stride), sumOfTwo(x6, stride)),
  );
}

// @ts-ignore: decorator
@inline
function sumOfTwo(x: usize, stride: usize): v128 {
  return f32x4.add(v128.load(x), v128.load(x + stride));
}
