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
