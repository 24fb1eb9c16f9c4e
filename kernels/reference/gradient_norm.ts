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

/** Norms below and above the limit, and no limit; scaled losses whose gradients are finite and not. */
export function gradientClipCases(): Case[] {
  const sums = Float32Array.of(3, 0.5, 12.5);
  const clipped = [{ maxNorm: 1, factor: 1 / (4 + 1e-6) }, { maxNorm: 5, factor: 1 }, {
    maxNorm: 0,
    factor: 1,
  }].map(
    ({ maxNorm, factor }): Case => ({
      op: "gradientClip",
      label: `norm 4, at most ${maxNorm || "anything"}`,
      parameters: { slots: 3, maxNorm },
      buffers: { sums, state: Float32Array.of(0, 0, 1, 2) },
      expected: () => ({ state: [4, factor, 0, 2] }),
    }),
  );
  return [...clipped, ...scalings.map((scaling) => scaledCase(sums, scaling))];
}

/**
 * Scale, good steps in a row and skipped steps, before and after a step whose gradients are finite or not.
 */
const scalings = [
  { finite: true, before: [8, 3, 1], after: [8, 4, 1] },
  { finite: true, before: [8, 1999, 1], after: [16, 0, 1] },
  { finite: true, before: [2 ** 24, 1999, 1], after: [2 ** 24, 0, 1] },
  { finite: false, before: [8, 3, 1], after: [4, 0, 2] },
  { finite: false, before: [1, 3, 1], after: [1, 0, 1] },
];

/** Where gradients are not finite the norm is none, so only what the step does to the scale is compared. */
function scaledCase(sums: Float32Array, { finite, before, after }: (typeof scalings)[number]): Case {
  const norm = 4 / before[0];
  return {
    op: "gradientClip",
    label: `scale ${before.join(", ")}${finite ? "" : ", not finite"}`,
    parameters: { slots: 3, maxNorm: 0.1 },
    buffers: {
      sums: finite ? sums : Float32Array.of(3, Infinity, 1),
      state: Float32Array.of(0, 0, 1, 2),
      scaling: Float32Array.from(before),
    },
    expected: (): Record<string, number[]> => ({
      scaling: after,
      ...(finite && { state: [norm, Math.min(1, 0.1 / (norm + 1e-6)) / before[0], 0, 2] }),
    }),
  };
}
