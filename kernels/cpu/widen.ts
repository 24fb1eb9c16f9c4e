import type { widen as declaration } from "../widen.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** The f32 bits of a 16-bit float. */
function widenF16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = half >> 10 & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** 16-bit floats to f32. */
export const widen: PlainKernel<typeof declaration> = ({ source, out }, { count, format }) => {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < count; i++) {
    const half = source[i >> 1] >>> 16 * (i & 1) & 0xffff;
    if (format === 1) bits[i] = half << 16;
    else out[i] = widenF16(half);
  }
};
