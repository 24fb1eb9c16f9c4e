import { type Case, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Queries and keys turned, values as they were, in float64. */
export function rotary({ qkv, turns }: WideArrays, { hidden, headSize, inverse = 0 }: Parameters) {
  const half = headSize / 2;
  const turned = Float64Array.from(qkv);
  for (let i = 0; i < qkv.length; i++) {
    const [row, part, c] = [Math.floor(i / hidden / 3), Math.floor(i / hidden) % 3, i % hidden % headSize];
    if (part === 2 || c >= half) continue;
    const cosine = turns[row * headSize + c];
    const sine = (inverse ? -1 : 1) * turns[row * headSize + half + c];
    turned[i] = qkv[i] * cosine - qkv[i + half] * sine;
    turned[i + half] = qkv[i + half] * cosine + qkv[i] * sine;
  }
  return { qkv: turned };
}

/** Halves of a head around four numbers, there and back: the way back is the gradient of the way there. */
export function rotaryCases(): Case[] {
  const shapes = [[0, 2, 4], [1, 1, 2], [3, 2, 6], [5, 3, 8], [70, 2, 10], [9, 12, 32], [33, 3, 64]];
  return shapes.flatMap(([tokens, heads, headSize]) => {
    const hidden = heads * headSize;
    const parameters = { tokens, heads, headSize, hidden };
    const angles = normal(1, tokens * headSize / 2, { scale: 3 });
    const turns = Float32Array.from({ length: tokens * headSize }, (_, i) => {
      const [row, c] = [Math.floor(i / headSize), i % headSize];
      const angle = angles[row * headSize / 2 + c % (headSize / 2)];
      return c < headSize / 2 ? Math.cos(angle) : Math.sin(angle);
    });
    const label = `${tokens} tokens, ${heads} heads of ${headSize}`;
    const qkv = normal(2, tokens * 3 * hidden);
    const there: Case = {
      op: "rotary",
      label,
      parameters: { ...parameters, inverse: 0 },
      buffers: { qkv, turns },
      expected: (buffers) => rotary(buffers, parameters),
    };
    const back: Case = {
      op: "rotary",
      label: `${label}, back`,
      parameters: { ...parameters, inverse: 1 },
      buffers: { qkv, turns },
      derivative: {
        inputs: { before: normal(3, tokens * 3 * hidden) },
        of: ({ qkv, before, turns }) =>
          rotary({ qkv: before, turns }, parameters).qkv.reduce((sum, x, i) => sum + x * qkv[i], 0),
        gradients: { qkv: "before" },
      },
    };
    return [there, back];
  });
}
