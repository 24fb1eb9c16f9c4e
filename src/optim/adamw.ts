import type { Device, View } from "../device/device.ts";
import { wholeOrNothing } from "../device/whole_or_nothing.ts";
import type { Parameters } from "../nn/parameters.ts";

/** Settings of AdamW; the learning rate is given at each step. */
export interface AdamWOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled decay of every parameter whose group has it. Default 0.01. */
  readonly weightDecay?: number;
  /** Gradients are scaled down to this global L2 norm; 0 leaves them. Default 1. */
  readonly maxGradientNorm?: number;
  /**
   * What the loss is scaled by at first, so that gradients in f16 neither vanish nor overflow: a power of
   * two, to be halved at every step whose gradients are not finite and doubled after 2,000 that are
   * (Micikevicius et al. 2018, arXiv:1710.03740). Losses get it by {@linkcode AdamW.scaling}. Default: none.
   */
  readonly lossScale?: number;
}

/** The moments of one arena. */
export interface Moments {
  readonly first: View;
  readonly second: View;
}

/** What the device knows after a step. */
export interface GradientState {
  /** Global L2 norm of the last step's gradients, before clipping. */
  readonly norm: number;
  /**
   * Steps so far whose gradients were not finite, and could not have been so for the scale of the loss;
   * parameters stayed as they were in those.
   */
  readonly skipped: number;
  /** What the next loss is scaled by; 1 where losses are not scaled. */
  readonly lossScale: number;
  /** Steps so far that were skipped to halve the scale of the loss. */
  readonly overflows: number;
}

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with bias correction, over whole arenas; clipping by
 * the global norm (Pascanu et al. 2013, arXiv:1211.5063) and the check for finite gradients happen on the
 * device, so a step reads nothing back.
 */
export class AdamW {
  /** Moments of each arena, undefined where it is frozen. */
  readonly moments: readonly (Moments | undefined)[];
  /**
   * For the cross entropies whose gradients are to be scaled: the scale, good steps in a row, skipped steps.
   */
  readonly scaling: View | undefined;
  readonly #device: Device;
  readonly #parameters: Parameters;
  readonly #options: Required<Omit<AdamWOptions, "lossScale">>;
  readonly #lossScale: number | undefined;
  /** Sum of squared gradients of each arena. */
  readonly #sums: View;
  /** Norm, clip coefficient, whether the norm is not finite, number of skipped steps. */
  readonly #state: View;

  constructor(device: Device, parameters: Parameters, { lossScale, ...options }: AdamWOptions = {}) {
    this.#device = device;
    this.#parameters = parameters;
    this.#options = {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.01,
      maxGradientNorm: 1,
      ...options,
    };
    this.#lossScale = lossScale;
    const trained = parameters.arenas.filter(({ gradients }) => gradients);
    [this.moments, this.#sums, this.#state, this.scaling] = wholeOrNothing(device, (allocate) => [
      parameters.arenas.map(({ values: { length }, gradients }) =>
        gradients && {
          first: allocate("f32", length, "first moment"),
          second: allocate("f32", length, "second moment"),
        }
      ),
      allocate("f32", Math.max(1, trained.length), "gradient sums"),
      allocate("f32", 4, "gradient state"),
      lossScale === undefined ? undefined : allocate("f32", 3, "loss scale"),
    ]);
    try {
      this.reset();
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** Forgets all steps. */
  reset(): void {
    const moments = this.moments.flatMap((moments) => moments ? [moments.first, moments.second] : []);
    for (const view of [...moments, this.#sums, this.#state]) this.#device.clear(view);
    if (this.scaling) this.#device.upload(this.scaling, Float32Array.of(this.#lossScale!, 0, 0));
  }

  /**
   * Updates every trained parameter from its gradient, and what products read of it, and clears the
   * gradients; `step` counts from 1, skipped steps included.
   */
  step(step: number, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay, maxGradientNorm } = this.#options;
    const trained = this.#parameters.arenas.filter(({ gradients }) => gradients);
    const slots = trained.length;
    trained.forEach(({ gradients }, slot) => {
      const count = gradients!.length;
      this.#device.dispatch("gradientNorm", { gradients: gradients!, sums: this.#sums }, {
        count,
        slot,
        slots,
      });
    });
    this.#device.dispatch("gradientClip", { sums: this.#sums, state: this.#state, scaling: this.scaling }, {
      slots,
      maxNorm: maxGradientNorm,
    });
    this.#parameters.arenas.forEach(({ values, gradients, runs }, arena) => {
      const moments = this.moments[arena];
      if (!gradients || !moments) return;
      for (const { start, length, group } of runs) {
        this.#device.dispatch("adamw", {
          parameters: values,
          gradients,
          firstMoment: moments.first,
          secondMoment: moments.second,
          state: this.#state,
        }, {
          count: values.length,
          start,
          length,
          learningRate: learningRate * group.rate,
          beta1,
          beta2,
          epsilon,
          weightDecay: group.decay ? weightDecay : 0,
          correction1: 1 - beta1 ** step,
          correction2: 1 - beta2 ** step,
        });
      }
    });
    this.#parameters.narrow();
    this.#parameters.clearGradients();
  }

  /** Reads the norm, the numbers of skipped steps and the scale of the loss back. */
  async state(): Promise<GradientState> {
    const reads = [this.#state, this.scaling].map((view) => view && this.#device.read(view));
    const [state, scaling] = await Promise.all(reads);
    const [norm, , , skipped] = state!;
    const [lossScale, , overflows] = scaling ?? [1, 0, 0];
    return { norm, skipped, lossScale, overflows };
  }

  /** Gives the memory back. */
  free(): void {
    for (const moments of this.moments) {
      if (!moments) continue;
      this.#device.free(moments.first);
      this.#device.free(moments.second);
    }
    this.#device.free(this.#sums);
    this.#device.free(this.#state);
    if (this.scaling) this.#device.free(this.scaling);
  }
}
