import {
  ALIGNMENT,
  type Device,
  type HostData,
  slice,
  type View,
  type Withdrawable,
} from "../device/device.ts";
import { unlessAborted } from "../device/unless_aborted.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { TrainingError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import type { AdamW, GradientState } from "../optim/adamw.ts";
import type { LossScaling } from "./events.ts";
import type { LossName } from "./teaching.ts";

/** Losses of a step: of tags, of masked pieces, and the distance from a teacher. */
const LOSSES = 3;
/** Most steps whose losses are read back together. */
const STEPS_A_READ = 10;
/** Milliseconds that losses may wait for those of later steps to be read with them. */
const LONGEST_LAG = 100;
/** Milliseconds from which on a step is slow: what is enqueued then is waited for, part by part. */
const SLOW_STEP = 250;

/** What a step minimised, in nats. */
export interface StepLosses {
  /** The sum of the others. */
  readonly loss: number;
  readonly taggingLoss: number;
  readonly mlmLoss: number;
  /** The distance from a teacher, where there is one. */
  readonly distillationLoss?: number;
  /** How the loss was scaled, where it was. */
  readonly scaling?: LossScaling;
}

/**
 * Losses of the last steps on the device, read back step by step, and on a GPU a few at a time where steps
 * are short; `S` is what else is known of a step. While a read is under way the steps after it are enqueued,
 * so the device does not wait for the host, and the host is never ahead by more than two reads. Slow steps
 * are not enqueued ahead: a signal would have to wait for them.
 */
export class LossLog<S extends { readonly step: number }> {
  readonly #device: Device;
  #losses: View | undefined;
  readonly #onStep: (step: S, losses: StepLosses) => void;
  readonly #now: () => number;
  readonly #taught: boolean;
  /** The read under way. */
  #reading: Promise<void> = Promise.resolve();
  /** When the last read was there, and when the steps after it began. */
  #lastRead = 0;
  #began = 0;
  /** How long a step takes; unknown at first, so the first one counts as slow. */
  #stepTime = Infinity;
  #pending: S[] = [];

  /** @param options `now` are milliseconds of a clock; `taught` says that there is a teacher */
  constructor(
    device: Device,
    onStep: (step: S, losses: StepLosses) => void,
    { now = () => performance.now(), taught = false }: { now?: () => number; taught?: boolean } = {},
  ) {
    this.#device = device;
    this.#onStep = onStep;
    this.#now = now;
    this.#taught = taught;
  }

  /** Where the losses of the next step go, cleared. */
  next(): Record<LossName, View> {
    if (this.#pending.length === 0) this.#began = this.#now();
    const losses = this.#view();
    const at = (i: number) => slice(losses, (this.#pending.length * LOSSES + i) * ALIGNMENT, 1);
    return { tagging: at(0), mlm: at(1), distillation: at(2) };
  }

  /**
   * To be awaited after a part of a step was enqueued, such as a micro-batch: lets the host have a turn, and
   * where steps are slow waits for the part.
   *
   * @param part takes back what is enqueued of it
   * @throws the signal's reason, if it is aborted; the step is undone then, since nothing of it has changed a
   * parameter
   */
  async pause(part: Pick<Withdrawable<unknown>, "withdraw">, signal?: AbortSignal): Promise<void> {
    try {
      await yieldToHost(signal);
      if (this.#isSlow) await unlessAborted(this.#device.flush(), signal);
    } catch (error) {
      part.withdraw();
      throw error;
    }
  }

  /**
   * Notes the step that {@linkcode next} was for, and where that makes a read begins it, after the one before
   * has ended.
   *
   * @throws {TrainingError} if a loss or gradient of the read before was not finite
   */
  async push(step: S, optimizer: AdamW): Promise<void> {
    this.#pending.push(step);
    if (this.#pending.length < this.#stepsARead) return;
    await this.#reading;
    this.#read(optimizer);
    if (this.#isSlow) await this.#reading;
  }

  /**
   * Reads back what is pending and tells it.
   *
   * @throws {TrainingError} if a loss or gradient was not finite; no step with such gradients changed the
   * parameters
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
    const read = { began: this.#began, scaled: optimizer.scaling !== undefined };
    this.#reading = this.#tell(this.#pending, values, read);
    this.#reading.catch(() => {}); // whoever awaits it next is told
    this.#pending = [];
    this.#device.clear(losses);
  }

  async #tell(
    pending: readonly S[],
    values: Promise<[HostData, GradientState]>,
    { began, scaled }: { began: number; scaled: boolean },
  ): Promise<void> {
    const [losses, { skipped, lossScale, overflows }] = await values;
    const scaling = scaled ? { scaling: { scale: lossScale, skippedSteps: overflows } } : {};
    const now = this.#now();
    this.#stepTime = (now - Math.max(began, this.#lastRead)) / pending.length;
    this.#lastRead = now;
    pending.forEach((step, i) => {
      const [taggingLoss, mlmLoss, distillationLoss] = Array.from(
        { length: LOSSES },
        (_, of) => losses[(i * LOSSES + of) * ALIGNMENT],
      );
      const loss = taggingLoss + mlmLoss + distillationLoss;
      if (!Number.isFinite(loss)) throw notFinite(`loss ${loss}`, step.step, { half: scaled });
      const taught = this.#taught ? { distillationLoss } : {};
      this.#onStep(step, { loss, taggingLoss, mlmLoss, ...taught, ...scaling });
    });
    if (skipped > 0) {
      throw notFinite("gradients that are not finite", pending[pending.length - 1].step, { half: scaled });
    }
  }

  /** Steps whose losses the next read brings. A CPU has no need to read them together. */
  get #stepsARead(): number {
    if (this.#device.kind === "cpu") return 1;
    return Math.min(STEPS_A_READ, Math.max(1, Math.floor(LONGEST_LAG / this.#stepTime)));
  }

  get #isSlow(): boolean {
    return this.#stepTime > SLOW_STEP;
  }

  free(): void {
    if (this.#losses) this.#device.free(this.#losses);
  }

  /** The losses of the steps since the last read; taken with the first step. */
  #view(): View {
    if (this.#losses) return this.#losses;
    this.#losses = this.#device.allocate("f32", STEPS_A_READ * LOSSES * ALIGNMENT, "losses");
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
