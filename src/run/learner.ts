import type { Device, View, Withdrawable } from "../device/device.ts";
import type { Model } from "../model/model.ts";
import type { AdamW } from "../optim/adamw.ts";
import { LossLog, type StepLosses } from "./loss_log.ts";
import { newOptimizer } from "./optimizer.ts";
import type { LossName } from "./teaching.ts";

/** What a step of the optimiser works on. */
export interface StepTools {
  readonly model: Model;
  readonly optimizer: AdamW;
  /** f32 `[1]` each, cleared: where the losses of the step go. */
  readonly losses: Readonly<Record<LossName, View>>;
  /** To be awaited after each micro-batch; see {@linkcode LossLog.pause}. */
  readonly pause: (microBatch: Pick<Withdrawable<unknown>, "withdraw">) => Promise<void>;
}

/**
 * A model that learns: its optimiser, and the losses of its steps, which are told with an `S` when they are
 * known.
 */
export class Learner<S extends { readonly step: number }> {
  readonly model: Model;
  readonly optimizer: AdamW;
  readonly #log: LossLog<S>;

  /** Takes memory for the moments and the losses; `taught` says that there is a teacher. */
  constructor(
    model: Model,
    { taught, ...settings }: {
      readonly weightDecay: number;
      readonly maxGradientNorm: number;
      readonly taught?: boolean;
    },
    onStep: (step: S, losses: StepLosses) => void,
  ) {
    this.model = model;
    this.optimizer = newOptimizer(model, settings);
    this.#log = logOrFree(model.device, { onStep, optimizer: this.optimizer, taught });
  }

  /**
   * Takes a step; what `take` says of it is told with its losses.
   *
   * @throws {TrainingError} if a loss or gradient of an earlier step was not finite
   * @throws the signal's reason, if it is aborted before the step changes a parameter
   */
  async step(take: (tools: StepTools) => Promise<S>, signal?: AbortSignal): Promise<void> {
    const { model, optimizer } = this;
    const pause: StepTools["pause"] = (microBatch) => this.#log.pause(microBatch, signal);
    await this.#log.push(await take({ model, optimizer, losses: this.#log.next(), pause }), optimizer);
  }

  /**
   * Tells the losses of all steps so far.
   *
   * @throws {TrainingError} if a loss or gradient was not finite; no step with such gradients changed the
   * parameters
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
  { onStep, optimizer, taught }: {
    onStep: (step: S, losses: StepLosses) => void;
    optimizer: AdamW;
    taught?: boolean;
  },
): LossLog<S> {
  try {
    return new LossLog(device, onStep, { taught });
  } catch (error) {
    optimizer.free();
    throw error;
  }
}
