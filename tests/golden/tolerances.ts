import type { RealDType } from "../../kernels/contract.ts";

/** How far the numbers of a whole model may be from PyTorch's, which are computed in float32. */
export interface GoldenTolerances {
  /** Of hidden states and logits, relative L2 error. */
  readonly outputs: number;
  /** Of a loss that is at most 1; of the others relative. */
  readonly loss: number;
  /** Of a parameter's gradient, relative L2 error, to which {@linkcode GoldenTolerances.noise} comes. */
  readonly gradient: number;
  /** Share of the global norm that a gradient may be off in any case: some are zero but for rounding. */
  readonly noise: number;
  /** Of the global norm of gradients, relative. */
  readonly gradientNorm: number;
  /** Of losses and norms of gradients over ten steps of AdamW. */
  readonly training: { readonly loss: number; readonly gradientNorm: number };
  /** Of parameters after these, relative L2 error. */
  readonly parameters: number;
}

/**
 * By precision. In f16 each number that is kept is rounded by at most 2^-11 = 4.9e-4 of itself, and a network
 * of a few layers adds some tens of them up; parameters are f32. The bounds leave a factor of two and more to
 * what was measured.
 */
export const goldenTolerances: Readonly<Record<RealDType, GoldenTolerances>> = {
  f32: {
    outputs: 1e-4,
    loss: 1e-5,
    gradient: 1e-3,
    noise: 1e-6,
    gradientNorm: 1e-4,
    training: { loss: 1e-5, gradientNorm: 1e-4 },
    parameters: 1e-4,
  },
  f16: {
    outputs: 2e-3,
    loss: 5e-4,
    gradient: 1e-2,
    noise: 2e-4,
    gradientNorm: 1e-3,
    training: { loss: 5e-4, gradientNorm: 2e-3 },
    parameters: 1e-3,
  },
};
