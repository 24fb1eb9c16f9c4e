import type { adamw as declaration } from "../adamw.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** One AdamW step over a run of an arena; nothing changes where the gradients are not finite. */
export const adamw: PlainKernel<typeof declaration> = (buffers, settings) => {
  const { parameters, gradients, firstMoment, secondMoment, state } = buffers;
  const { start, length, learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2 } =
    settings;
  if (state[2] !== 0) return;
  const factor = state[1];
  for (let i = start; i < start + length; i++) {
    const gradient = gradients[i] * factor;
    const decayed = parameters[i] - learningRate * weightDecay * parameters[i];
    const m = firstMoment[i] = beta1 * firstMoment[i] + (1 - beta1) * gradient;
    const v = secondMoment[i] = beta2 * secondMoment[i] + (1 - beta2) * gradient * gradient;
    parameters[i] = decayed - learningRate * (m / correction1) / (Math.sqrt(v / correction2) + epsilon);
  }
};
