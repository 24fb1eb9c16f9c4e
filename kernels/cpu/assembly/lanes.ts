/**
 * Sums and maxima over the lanes of a vector, and the end of a row that does not fill one.
 */

/** The sum of four lanes, in pairs. */
// @ts-ignore: decorator
@inline
export function sumOf(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of four lanes. */
// @ts-ignore: decorator
@inline
export function largestOf(x: v128): f32 {
  const pairs = f32x4.pmax(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** All bits of the first `count` lanes, of every lane from 4 on. */
// @ts-ignore: decorator
@inline
export function firstLanes(count: u32): v128 {
  return i32x4.gt_u(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/** Stores the first `count` lanes, all of them from 4 on. */
// @ts-ignore: decorator
@inline
export function storeFirst(address: usize, x: v128, count: u32): void {
  if (count >= 4) {
    v128.store(address, x);
    return;
  }
  if (count & 2) {
    v128.store_lane<u64>(address, x, 0);
    if (count & 1) v128.store_lane<u32>(address, x, 2, 8);
  } else if (count & 1) v128.store_lane<u32>(address, x, 0);
}

/** Elements of a scratch row: whole cache lines, so that vectors may be stored past its last column. */
// @ts-ignore: decorator
@inline
export function padded(columns: u32): u32 {
  return (columns + 15) & ~15;
}
