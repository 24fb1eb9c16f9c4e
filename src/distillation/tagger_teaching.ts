import type { RealDType } from "../../kernels/contract.ts";
import { klDivergence } from "../autograd/ops/kl_divergence.ts";
import { Tape } from "../autograd/tape.ts";
import type { TrainingBatch } from "../data/training_batch.ts";
import type { Device } from "../device/device.ts";
import { maxTokens } from "../model/config.ts";
import { Model } from "../model/model.ts";
import { rehearseLoading } from "../model/open.ts";
import type { Lesson, LossName, Teaching } from "../run/teaching.ts";
import type { TaggerDistillationSettings } from "./tagger_settings.ts";

/** How a tagger is taught. */
export interface TaggerTeachingOptions {
  readonly settings: Pick<TaggerDistillationSettings, "temperature" | "goldWeight">;
  /** Whether there are sentences with gold tags, too. */
  readonly gold: boolean;
  readonly fingerprint: string;
}

/**
 * A tagger that tells another one what it thinks of the tag of each word: the divergence of the student's
 * softened distributions from its own, times the square of the temperature, so that gradients are as large as
 * those of gold tags (Hinton et al. 2015, arXiv:1503.02531).
 */
export class TaggerTeaching implements Teaching {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly fingerprint: string;
  readonly maxTokens: number;
  readonly weights: Readonly<Record<LossName, number>>;
  readonly states: readonly number[] = [];
  readonly #teacher: Model;
  readonly #options: TaggerTeachingOptions;

  /** @param teacher a tagger, which becomes a part of it */
  constructor(teacher: Model, options: TaggerTeachingOptions) {
    const { settings: { temperature, goldWeight }, gold, fingerprint } = options;
    const tagging = gold ? goldWeight : 0;
    this.#teacher = teacher;
    this.#options = options;
    this.settings = { temperature, goldWeight };
    this.fingerprint = fingerprint;
    this.maxTokens = maxTokens(teacher.config);
    this.weights = { tagging, mlm: 0, distillation: (1 - tagging) * temperature ** 2 };
  }

  /** Words, those of masked copies and gold sentences, too. */
  rows({ labelRows }: TrainingBatch): number {
    return labelRows.length;
  }

  read(batch: TrainingBatch, precision: RealDType): Lesson {
    const { device, encoder, tagging } = this.#teacher;
    const { temperature } = this.#options.settings;
    const reading = new Tape(device, { precision });
    try {
      const unmasked = { ...batch, ids: batch.unmaskedIds };
      const targets = tagging!.logits(reading, encoder.forward(reading, unmasked), unmasked).view;
      return {
        loss(tape, { model, hidden, batch }, target) {
          const logits = model.tagging!.logits(tape, hidden, batch);
          klDivergence(tape, logits, { targets, temperature, ...target });
        },
        dispose: () => reading.dispose(),
      };
    } catch (error) {
      reading.dispose();
      throw error;
    }
  }

  rehearsed(device: Device): Teaching {
    const { config, options: { tagging }, precision } = this.#teacher;
    const teacher = new Model(device, config, { tagging, precision });
    rehearseLoading(teacher);
    return new TaggerTeaching(teacher, this.#options);
  }

  free(): void {
    this.#teacher.free();
  }
}
