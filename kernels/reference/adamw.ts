import { type Case, normal, type Parameters, type WideArrays } from "./proof.ts";

/** AdamW as the paper writes it, with decoupled decay as its own step. */
function adamw(buffers: WideArrays, settings: Parameters) {
  const { start, length, learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2 } =
    settings;
  const parameters = Float64Array.from(buffers.parameters);
  const firstMoment = Float64Array.from(buffers.firstMoment);
  const secondMoment = Float64Array.from(buffers.secondMoment);
  if (buffers.state[2] !== 0) return { parameters, firstMoment, secondMoment };
  for (let i = start; i < start + length; i++) {
    const gradient = buffers.gradients[i] * buffers.state[1];
    parameters[i] *= 1 - learningRate * weightDecay;
    firstMoment[i] = beta1 * firstMoment[i] + (1 - beta1) * gradient;
    secondMoment[i] = beta2 * secondMoment[i] + (1 - beta2) * gradient ** 2;
    const step = (firstMoment[i] / correction1) / (Math.sqrt(secondMoment[i] / correction2) + epsilon);
    parameters[i] -= learningRate * step;
  }
  return { parameters, firstMoment, secondMoment };
}

/** Whole arenas and runs inside them, clipped gradients, and a step that must change nothing. */
export function adamwCases(): Case[] {
  const runs = [[4, 0, 4], [300, 64, 132], [1028, 0, 1028], [2240, 192, 2048]];
  return runs.flatMap(([count, start, length]) =>
    [0, 1].map((notFinite): Case => {
      const parameters = {
        count,
        start,
        length,
        learningRate: 0.01,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0.1,
        correction1: 1 - 0.9 ** 3,
        correction2: 1 - 0.999 ** 3,
      };
      return {
        op: "adamw",
        label: `${start} .. ${start + length} of ${count}${notFinite ? ", gradients not finite" : ""}`,
        parameters,
        buffers: {
          parameters: normal(1, count),
          gradients: normal(2, count),
          firstMoment: normal(3, count, { scale: 0.1 }),
          secondMoment: normal(4, count, { scale: 0.1 }).map(Math.abs),
          state: Float32Array.of(5, 0.2, notFinite, notFinite),
        },
        expected: (buffers) => adamw(buffers, parameters),
      };
    })
  );
}
