import type { Device, View } from "../device/device.ts";
import type { Model } from "../model/model.ts";
import type { AdamW } from "../optim/adamw.ts";
import { LossLog, type StepLosses } from "./loss_log.ts";
import { newOptimizer } from "./optimizer.ts";

/** What a step of the optimiser works on. */
export interface StepTools {
  readonly model: Model;
  readonly optimizer: AdamW;
  /** f32 `[1]` each, cleared: where the losses of the step go. */
  readonly losses: { readonly tagging: View; readonly mlm: View };
}

/** A model that learns: its optimiser, and the losses of its steps, which are told with an `S` when they are known. */
export class Learner<S extends { readonly step: number }> {
  readonly model: Model;
  readonly optimizer: AdamW;
  readonly #log: LossLog<S>;

  /** Takes memory for the moments and the losses. */
  constructor(
    model: Model,
    settings: { readonly weightDecay: number; readonly maxGradientNorm: number },
    onStep: (step: S, losses: StepLosses) => void,
  ) {
    this.model = model;
    this.optimizer = newOptimizer(model, settings);
    this.#log = logOrFree(model.device, { onStep, optimizer: this.optimizer });
  }

  /**
   * Takes a step; what `take` says of it is told with its losses.
   *
   * @throws {TrainingError} if a loss or gradient of an earlier step was not finite
   */
  async step(take: (tools: StepTools) => S): Promise<void> {
    const { model, optimizer } = this;
    await this.#log.push(take({ model, optimizer, losses: this.#log.next() }), optimizer);
  }

  /**
   * Tells the losses of all steps so far.
   *
   * @throws {TrainingError} if a loss or gradient was not finite; no step with such gradients changed the parameters
   */
  async flush(): Promise<void> {
    await this.#log.flush(this.optimizer);
  }

  /** Gives the memory of optimiser and losses back; the model is the caller's. */
  free(): void {
    this.#log.free();
    this.optimizer.free();
  }
}

function logOrFree<S extends { readonly step: number }>(
  device: Device,
  { onStep, optimizer }: { onStep: (step: S, losses: StepLosses) => void; optimizer: AdamW },
): LossLog<S> {
  try {
    return new LossLog(device, onStep);
  } catch (error) {
    optimizer.free();
    throw error;
  }
}
