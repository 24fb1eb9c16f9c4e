import { type Case, normal } from "./proof.ts";

/** Counts around a thread, a workgroup and a block. */
export function gradientNormCases(): Case[] {
  return [4, 260, 16_380, 16_384, 16_388, 70_000].map((count): Case => ({
    op: "gradientNorm",
    label: `${count}`,
    parameters: { count, slot: 1, slots: 3 },
    buffers: { gradients: normal(1, count), sums: Float32Array.of(4, -1, 9) },
    expected: ({ gradients }) => ({
      sums: [4, Array.from(gradients).reduce((sum, x) => sum + x * x, 0), 9],
    }),
  }));
}

/** Norms below and above the limit, and no limit. */
export function gradientClipCases(): Case[] {
  const sums = Float32Array.of(3, 0.5, 12.5);
  return [{ maxNorm: 1, factor: 1 / (4 + 1e-6) }, { maxNorm: 5, factor: 1 }, { maxNorm: 0, factor: 1 }].map(
    ({ maxNorm, factor }): Case => ({
      op: "gradientClip",
      label: `norm 4, at most ${maxNorm || "anything"}`,
      parameters: { slots: 3, maxNorm },
      buffers: { sums, state: Float32Array.of(0, 0, 1, 2) },
      expected: () => ({ state: [4, factor, 0, 2] }),
    }),
  );
}
