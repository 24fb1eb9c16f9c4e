import type { Device, View } from "../device/device.ts";
import { wholeOrNothing } from "../device/whole_or_nothing.ts";
import type { Model } from "../model/model.ts";

/**
 * The plain mean of what a model's trained parameters were at several moments of a run (Izmailov et al. 2018,
 * arXiv:1803.05407). Sums are f32 on the device, in the order of the moments, so the same run gives the same
 * bytes.
 */
export class WeightMean {
  /** Of each arena, undefined where it is frozen; a parameter's sum lies where it lies itself. */
  readonly sums: readonly (View | undefined)[];
  readonly #device: Device;
  readonly #model: Model;

  /** Takes the memory of all trained parameters, and begins with no moment. */
  constructor(model: Model) {
    this.#model = model;
    const { device, parameters } = model;
    this.#device = device;
    this.sums = wholeOrNothing(
      device,
      (allocate) =>
        parameters.arenas.map(({ values: { length }, gradients }) => {
          if (!gradients) return undefined;
          const sum = allocate("f32", length, "sum of parameters");
          device.clear(sum);
          return sum;
        }),
    );
  }

  /** Adds what the parameters are now. */
  add(): void {
    this.#model.parameters.arenas.forEach(({ values }, arena) => {
      const into = this.sums[arena];
      if (!into) return;
      this.#device.dispatch("accumulate", { x: values, into }, { count: values.length, factor: 1 });
    });
  }

  /**
   * Gives the parameters the mean over so many moments, as many as were added; frozen ones stay as they are.
   */
  take(moments: number): void {
    const { parameters } = this.#model;
    parameters.arenas.forEach(({ values }, arena) => {
      const x = this.sums[arena];
      if (!x) return;
      this.#device.clear(values);
      const sizes = { count: values.length, factor: 1 / moments };
      this.#device.dispatch("accumulate", { x, into: values }, sizes);
    });
    parameters.narrow();
  }

  /** Gives the memory back. */
  free(): void {
    for (const sum of this.sums) if (sum) this.#device.free(sum);
  }
}
