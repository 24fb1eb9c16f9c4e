import { ALIGNMENT, type Device, type HostData, slice, type View } from "../device/device.ts";
import { TrainingError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import type { AdamW, GradientState } from "../optim/adamw.ts";
import type { LossScaling } from "./events.ts";

/** Most steps whose losses are read back together. */
const STEPS_A_READ = 10;
/** Milliseconds between two reads where steps are slow, so that progress is seen and Ctrl-C is soon obeyed. */
const LONGEST_WAIT = 1000;

/** What a step minimised, in nats. */
export interface StepLosses {
  /** The sum of the others. */
  readonly loss: number;
  readonly taggingLoss: number;
  readonly mlmLoss: number;
  /** How the loss was scaled, where it was. */
  readonly scaling?: LossScaling;
}

/**
 * Losses of the last steps on the device, read back a few at a time; `S` is what else is known of a step. While a read is
 * under way the steps after it are enqueued, so the device never waits for the host, and the host is never ahead by more
 * than two reads.
 */
export class LossLog<S extends { readonly step: number }> {
  readonly #device: Device;
  #losses: View | undefined;
  readonly #onStep: (step: S, losses: StepLosses) => void;
  /** The read under way. */
  #reading: Promise<void> = Promise.resolve();
  #lastRead = Date.now();
  /** Steps whose losses the next read brings. */
  #stepsARead = 1;
  #pending: S[] = [];

  constructor(device: Device, onStep: (step: S, losses: StepLosses) => void) {
    this.#device = device;
    this.#onStep = onStep;
  }

  /** Where the losses of the next step go, cleared. */
  next(): { tagging: View; mlm: View } {
    const losses = this.#view();
    const at = this.#pending.length * 2 * ALIGNMENT;
    return { tagging: slice(losses, at, 1), mlm: slice(losses, at + ALIGNMENT, 1) };
  }

  /**
   * Notes the step that {@linkcode next} was for, and where that makes a read begins it, after the one before has ended.
   *
   * @throws {TrainingError} if a loss or gradient of the read before was not finite
   */
  async push(step: S, optimizer: AdamW): Promise<void> {
    this.#pending.push(step);
    if (this.#pending.length < this.#stepsARead) return;
    await this.#reading;
    this.#read(optimizer);
  }

  /**
   * Reads back what is pending and tells it.
   *
   * @throws {TrainingError} if a loss or gradient was not finite; no step with such gradients changed the parameters
   */
  async flush(optimizer: AdamW): Promise<void> {
    await this.#reading;
    if (this.#pending.length > 0) this.#read(optimizer);
    await this.#reading;
  }

  /** Begins a read of what is pending. */
  #read(optimizer: AdamW): void {
    const losses = this.#view();
    const values = Promise.all([this.#device.read(losses), optimizer.state()]);
    this.#reading = this.#tell(this.#pending, values, { scaled: optimizer.scaling !== undefined });
    this.#reading.catch(() => {}); // whoever awaits it next is told
    this.#pending = [];
    this.#device.clear(losses);
  }

  async #tell(
    pending: readonly S[],
    values: Promise<[HostData, GradientState]>,
    { scaled }: { scaled: boolean },
  ): Promise<void> {
    const [losses, { skipped, lossScale, overflows }] = await values;
    const scaling = scaled ? { scaling: { scale: lossScale, skippedSteps: overflows } } : {};
    const now = Date.now();
    const inTime = LONGEST_WAIT / Math.max(1, (now - this.#lastRead) / pending.length);
    this.#stepsARead = Math.min(STEPS_A_READ, Math.max(1, Math.floor(inTime)));
    this.#lastRead = now;
    pending.forEach((step, i) => {
      const taggingLoss = losses[i * 2 * ALIGNMENT];
      const mlmLoss = losses[i * 2 * ALIGNMENT + ALIGNMENT];
      const loss = taggingLoss + mlmLoss;
      if (!Number.isFinite(loss)) throw notFinite(`loss ${loss}`, step.step, { half: scaled });
      this.#onStep(step, { loss, taggingLoss, mlmLoss, ...scaling });
    });
    if (skipped > 0) {
      throw notFinite("gradients that are not finite", pending[pending.length - 1].step, { half: scaled });
    }
  }

  free(): void {
    if (this.#losses) this.#device.free(this.#losses);
  }

  /** The losses of the steps since the last read; taken with the first step. */
  #view(): View {
    if (this.#losses) return this.#losses;
    this.#losses = this.#device.allocate("f32", STEPS_A_READ * 2 * ALIGNMENT, "losses");
    this.#device.clear(this.#losses);
    return this.#losses;
  }
}

/** What ends a run whose numbers are none any more. */
export function notFinite(what: string, step: number, { half = false } = {}): TrainingError {
  return new TrainingError(
    new Message(
      `Expected a finite loss but found ${what} by step ${step}: `,
      message`use a lower ${setting("learningRate")} or more ${setting("warmup")}`,
      ...(half ? [", or ", setting("precision", "f32")] : []),
      "; what was saved before is whole",
    ),
  );
}
