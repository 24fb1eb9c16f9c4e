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

/**
 * The number at `address` in all lanes: for constants of inner loops, declared as `memory.data<f32>([...])`. V8 makes a
 * vector of a literal anew at every use, three instructions on one port; this is a load. The data lies between the
 * control words and the ring of src/device/cpu/ring.ts, and a thread that starts writes the same bytes again.
 */
// @ts-ignore: decorator
@inline
export function constant(address: usize): v128 {
  return v128.load32_splat(address);
}

/** Groups of `each` that hold `items`. */
// @ts-ignore: decorator
@inline
export function groups(items: u32, each: u32): u32 {
  return (items + each - 1) / each;
}
