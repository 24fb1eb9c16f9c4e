import type { activationBackward as declaration } from "../activation_backward.ts";
import { activateDerivative } from "./activation.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** The gradient through an activation, in place. */
export const activationBackward: PlainKernel<typeof declaration> = (buffers, { count, activation }) => {
  const { gradient, preactivation } = buffers;
  for (let at = 0; at < count; at++) gradient[at] *= activateDerivative(activation, preactivation[at]);
};
