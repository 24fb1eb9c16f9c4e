import { type Case, normal } from "./proof.ts";

/** Few and many rows. */
export function lossSumCases(): Case[] {
  return [1, 63, 64, 500].map((rows): Case => ({
    op: "lossSum",
    label: `${rows} rows`,
    parameters: { rows, scale: 1 / rows },
    buffers: { losses: normal(1, rows, { mean: 1 }), loss: Float32Array.of(0.75) },
    expected: ({ losses, loss }) => ({
      loss: [loss[0] + Array.from(losses).reduce((sum, value) => sum + value, 0) / rows],
    }),
  }));
}
