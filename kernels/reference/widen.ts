import { halfFormats } from "../widen.ts";
import { type Case, garbage } from "./proof.ts";

/** Every finite f16 and every finite bf16 that an f32 kernel may not flush to zero. */
export function widenCases(): Case[] {
  return Object.entries(halfFormats).map(([name, format]): Case => {
    const [exponentBits, fractionBits, bias] = format === halfFormats.f16 ? [5, 10, 15] : [8, 7, 127];
    const numbers = Array.from({ length: 65_536 }, (_, half) => half).filter((half) => {
      const exponent = half >> fractionBits & (1 << exponentBits) - 1;
      const smallest = format === halfFormats.f16 || exponent > 0;
      return exponent < (1 << exponentBits) - 1 && smallest;
    });
    const halves = Uint16Array.from([...numbers, 0]);
    const source = new Uint32Array(halves.buffer, 0, halves.length >> 1);
    const count = source.length * 2 - 1;
    return {
      op: "widen",
      label: name,
      parameters: { words: source.length, count, format },
      buffers: { source, out: garbage(count) },
      expected: () => ({
        out: Array.from(halves.subarray(0, count), (half) => {
          const sign = half & 0x8000 ? -1 : 1;
          const exponent = half >> fractionBits & (1 << exponentBits) - 1;
          const fraction = (half & (1 << fractionBits) - 1) / (1 << fractionBits);
          return sign *
            (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
        }),
      }),
    };
  });
}
