import type { RealDType } from "../../kernels/contract.ts";
import { squaredError } from "../autograd/ops/squared_error.ts";
import { Tape } from "../autograd/tape.ts";
import type { TrainingBatch } from "../data/training_batch.ts";
import type { Device } from "../device/device.ts";
import { maxTokens } from "../model/config.ts";
import { Model } from "../model/model.ts";
import { rehearseLoading } from "../model/open.ts";
import type { Lesson, LossName, Teaching } from "../run/teaching.ts";
import type { EncoderDistillationSettings } from "./encoder_settings.ts";

/** How an encoder is taught. */
export interface EncoderTeachingOptions {
  readonly settings: Pick<EncoderDistillationSettings, "hiddenStates" | "mlmWeight">;
  /** Layers of the student. */
  readonly layers: number;
  readonly fingerprint: string;
}

/**
 * An encoder that shows another one its hidden states: the mean squared error of the student's (Sanh et al.
 * 2019, arXiv:1910.01108; Jiao et al. 2020, arXiv:1909.10351), over all tokens and all layers that are
 * compared.
 */
export class EncoderTeaching implements Teaching {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  readonly maxTokens: number;
  readonly weights: Readonly<Record<LossName, number>>;
  readonly states: readonly number[];
  readonly #teacher: Model;
  /** The state of the teacher that each of {@linkcode states} is to be. */
  readonly #targets: readonly number[];
  readonly #options: EncoderTeachingOptions;

  /** @param teacher an encoder, which becomes a part of it */
  constructor(teacher: Model, options: EncoderTeachingOptions) {
    const { settings: { hiddenStates, mlmWeight }, layers, fingerprint } = options;
    this.#teacher = teacher;
    this.#options = options;
    this.settings = { hiddenStates, mlmWeight };
    this.fingerprint = fingerprint;
    this.maxTokens = maxTokens(teacher.config);
    this.weights = { tagging: 0, mlm: mlmWeight, distillation: 1 };
    this.states = hiddenStates === "last" ? [layers] : Array.from({ length: layers }, (_, i) => i + 1);
    this.#targets = this.states.map((state) => Math.round(state * teacher.config.numHiddenLayers / layers));
  }

  /** Tokens. */
  rows({ ids }: TrainingBatch): number {
    return ids.length;
  }

  read(batch: TrainingBatch, precision: RealDType): Lesson {
    const { device, encoder, config: { hiddenSize } } = this.#teacher;
    const reading = new Tape(device, { precision });
    try {
      const targets = encoder.states(reading, { ...batch, ids: batch.unmaskedIds }, this.#targets);
      return {
        loss(tape, { states }, { scale, ...target }) {
          const mean = scale / (hiddenSize * states.length);
          states.forEach((state, i) => {
            squaredError(tape, state, { targets: targets[i].view, scale: mean, ...target });
          });
        },
        dispose: () => reading.dispose(),
      };
    } catch (error) {
      reading.dispose();
      throw error;
    }
  }

  rehearsed(device: Device): Teaching {
    const { config, precision } = this.#teacher;
    const teacher = new Model(device, config, { precision });
    rehearseLoading(teacher);
    return new EncoderTeaching(teacher, this.#options);
  }

  free(): void {
    this.#teacher.free();
  }
}
