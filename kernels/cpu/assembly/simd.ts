/**
 * What all kernels share.
 */

/** a * b + c in each of four lanes: fused (one rounding) where the engine has relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Address of element `index` of an array of 4-byte elements. */
// @ts-ignore: decorator
@inline
export function at(array: usize, index: u32): usize {
  return array + (<usize> index << 2);
}

/** The smaller of two counts. */
// @ts-ignore: decorator
@inline
export function least(a: u32, b: u32): u32 {
  return a < b ? a : b;
}

/** Groups of `each` that hold `items`. */
// @ts-ignore: decorator
@inline
export function groups(items: u32, each: u32): u32 {
  return (items + each - 1) / each;
}

/** Stores the first `count` lanes, all four if it is larger. */
// @ts-ignore: decorator
@inline
export function storeLanes(to: usize, x: v128, count: u32): void {
  if (count >= 4) {
    v128.store(to, x);
  } else {
    if (count & 2) v128.store64_lane(to, x, 0);
    if (count === 1) v128.store32_lane(to, x, 0);
    else if (count === 3) v128.store32_lane(to, x, 2, 8);
  }
}
