import { ALIGNMENT, type Device, slice, type View } from "../device/device.ts";
import { TrainingError } from "../errors.ts";
import type { AdamW } from "../optim/adamw.ts";

/** Steps whose losses are read back together: a read waits for the device, so not every step pays for one. */
const STEPS_A_READ = 10;
/** Milliseconds after which losses are read all the same: beside steps so slow a read costs nothing. */
const LONGEST_WAIT = 2000;

/** What a step minimised, in nats. */
export interface StepLosses {
  /** The sum of the others. */
  readonly loss: number;
  readonly taggingLoss: number;
  readonly mlmLoss: number;
}

/** Losses of the last steps on the device, read back a few at a time; `S` is what else is known of a step. */
export class LossLog<S extends { readonly step: number }> {
  readonly #device: Device;
  readonly #losses: View;
  readonly #onStep: (step: S, losses: StepLosses) => void;
  #lastRead = Date.now();
  #pending: S[] = [];

  constructor(device: Device, onStep: (step: S, losses: StepLosses) => void) {
    this.#device = device;
    this.#onStep = onStep;
    this.#losses = device.allocate("f32", STEPS_A_READ * 2 * ALIGNMENT, "losses");
    device.clear(this.#losses);
  }

  /** Where the losses of the next step go, cleared. */
  next(): { tagging: View; mlm: View } {
    const at = this.#pending.length * 2 * ALIGNMENT;
    return { tagging: slice(this.#losses, at, 1), mlm: slice(this.#losses, at + ALIGNMENT, 1) };
  }

  /** Notes the step that {@linkcode next} was for; reads back when there is no room for another one, or it is time. */
  async push(step: S, optimizer: AdamW): Promise<void> {
    this.#pending.push(step);
    const full = this.#pending.length === STEPS_A_READ;
    if (full || Date.now() - this.#lastRead > LONGEST_WAIT) await this.flush(optimizer);
  }

  /**
   * Reads back what is pending and tells it.
   *
   * @throws {TrainingError} if a loss or gradient was not finite; the parameters are those before that step
   */
  async flush(optimizer: AdamW): Promise<void> {
    if (this.#pending.length === 0) return;
    const losses = await this.#device.read(this.#losses);
    const { skipped } = await optimizer.state();
    this.#device.clear(this.#losses);
    const pending = this.#pending;
    this.#pending = [];
    this.#lastRead = Date.now();
    pending.forEach((step, i) => {
      const taggingLoss = losses[i * 2 * ALIGNMENT];
      const mlmLoss = losses[i * 2 * ALIGNMENT + ALIGNMENT];
      const loss = taggingLoss + mlmLoss;
      if (!Number.isFinite(loss)) throw notFinite(`loss ${loss}`, step.step);
      this.#onStep(step, { loss, taggingLoss, mlmLoss });
    });
    if (skipped > 0) throw notFinite("gradients that are not finite", pending[pending.length - 1].step);
  }

  free(): void {
    this.#device.free(this.#losses);
  }
}

/** What ends a run whose numbers are none any more. */
export function notFinite(what: string, step: number): TrainingError {
  return new TrainingError(
    `Expected a finite loss but found ${what} by step ${step}: ` +
      "use a lower learning rate or more warmup; what was saved before is whole",
  );
}
