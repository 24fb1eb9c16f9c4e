import type { gradientClip as clipDeclaration, gradientNorm as normDeclaration } from "../gradient_norm.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** Sum of squares of an arena. */
export const gradientNorm: PlainKernel<typeof normDeclaration> = ({ gradients, sums }, { count, slot }) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += gradients[i] * gradients[i];
  sums[slot] = sum;
};

/** Global norm, clip factor and the flag for norms that are no numbers. */
export const gradientClip: PlainKernel<typeof clipDeclaration> = ({ sums, state }, { slots, maxNorm }) => {
  let sum = 0;
  for (let slot = 0; slot < slots; slot++) sum += sums[slot];
  const norm = Math.sqrt(sum);
  state[0] = norm;
  state[1] = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
  state[2] = Number.isFinite(Math.fround(sum)) ? 0 : 1;
  state[3] += state[2];
};
