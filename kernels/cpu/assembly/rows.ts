/**
 * Maths   to[c] = sum of x[row, c], or += with accumulate, over rows that lie `stride` elements apart
 * Why     along memory, with the sums in the first cache; eight rows at once, so that sums move once for eight reads.
 *         Their tree keeps the error of n rows near that of n / 8
 */

import { at } from "./simd";
import { storeFirst } from "./lanes";

export function sumRows(x: usize, stride: u32, rows: u32, columns: u32, to: usize, accumulate: bool): void {
  if (!accumulate) memory.fill(to, 0, <usize> columns << 2);
  const bytes = <usize> stride << 2;
  let row: u32 = 0;
  for (; row + 8 <= rows; row += 8, x += bytes << 3) {
    for (let c: u32 = 0; c < columns; c += 4) {
      const low = at(x, c), high = low + (bytes << 2), sum = at(to, c);
      const quarter = f32x4.add(
        f32x4.add(v128.load(low), v128.load(low + bytes)),
        f32x4.add(v128.load(low + 2 * bytes), v128.load(low + 3 * bytes)),
      );
      const next = f32x4.add(
        f32x4.add(v128.load(high), v128.load(high + bytes)),
        f32x4.add(v128.load(high + 2 * bytes), v128.load(high + 3 * bytes)),
      );
      storeFirst(sum, f32x4.add(v128.load(sum), f32x4.add(quarter, next)), columns - c);
    }
  }
  for (; row < rows; row++, x += bytes) {
    for (let c: u32 = 0; c < columns; c += 4) {
      const sum = at(to, c);
      storeFirst(sum, f32x4.add(v128.load(sum), v128.load(at(x, c))), columns - c);
    }
  }
}
