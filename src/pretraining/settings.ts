import type { RealDType } from "../../kernels/contract.ts";
import { OptionError } from "../errors.ts";
import { message, setting } from "../message.ts";
import { maskingStrategy, rawTextMaskingNames } from "../masking/registry.ts";
import type { SavedDtype } from "../model/save.ts";
import type { Schedule } from "../optim/schedule.ts";
import { checkAmounts, checkCounts, checkPrecision, checkSchedule } from "../training/check_settings.ts";

/** Everything that decides what a pretraining run computes; plain JSON, so that a log or a state file can hold it. */
export interface PretrainingSettings {
  /** Name of a masking strategy that needs no tags. */
  readonly masking: string;
  /** Adds SpanBERT's boundary objective. */
  readonly boundaryObjective: boolean;
  /** Passes over the text. */
  readonly epochs: number;
  /** Ends the run after so many steps, whatever `epochs` says; 0 does not. */
  readonly maxSteps: number;
  /** Most tokens of a sequence, special tokens included; a model of fewer positions sets its own limit. */
  readonly maxLength: number;
  /** Most tokens in a micro-batch. */
  readonly batchTokens: number;
  /** Micro-batches whose gradients make one step. */
  readonly accumulation: number;
  /** Tokens of sequences that are in memory at a time, shuffled among each other. */
  readonly shuffleTokens: number;
  /** Learning rate at the end of warmup. */
  readonly learningRate: number;
  /** How the rate falls after warmup. */
  readonly schedule: Schedule;
  /** Share of the run in which the rate rises from 0. */
  readonly warmup: number;
  /** Decoupled weight decay of AdamW; biases and layer norms have none. */
  readonly weightDecay: number;
  /** Gradients are clipped to this global norm; 0 leaves them. */
  readonly maxGradientNorm: number;
  /** Whether the dropouts of config.json are used. */
  readonly dropout: boolean;
  /** Compute activations again on the way back in place of keeping them: less memory, a third more work. */
  readonly recompute: boolean;
  /**
   * Element type of activations and of the weights that products read. Parameters, moments and what is saved are f32 in any
   * case; with f16 the loss is scaled (Micikevicius et al. 2018, arXiv:1710.03740), and evaluation stays f32.
   */
  readonly precision: RealDType;
  /** Steps between two looks at the held-out text; 0 looks at it before the first and after the last step only. */
  readonly evaluateEvery: number;
  /** Most tokens of held-out text that are looked at: a sample, the same one every time. */
  readonly evaluationTokens: number;
  /** Number format of the saved weights. */
  readonly dtype: SavedDtype;
  /** Decides data order, masks, dropout and initial values. */
  readonly seed: number;
}

/** What a run does unless told otherwise. */
export const defaultPretrainingSettings: PretrainingSettings = {
  masking: "span",
  boundaryObjective: false,
  epochs: 1,
  maxSteps: 0,
  maxLength: 128,
  batchTokens: 2048,
  accumulation: 1,
  shuffleTokens: 2 ** 20,
  learningRate: 1e-4,
  schedule: "linear",
  warmup: 0.05,
  weightDecay: 0.01,
  maxGradientNorm: 1,
  dropout: true,
  recompute: false,
  precision: "f32",
  evaluateEvery: 500,
  evaluationTokens: 2 ** 16,
  dtype: "F32",
  seed: 1,
};

/**
 * Defaults filled in and everything checked.
 *
 * @throws {OptionError} naming the setting, what it has to be and what it was
 */
export function checkPretrainingSettings(given: Partial<PretrainingSettings>): PretrainingSettings {
  const settings = { ...defaultPretrainingSettings, ...given };
  const { name, masks, needsTags } = maskingStrategy(settings.masking);
  if (!masks || needsTags) {
    const reason = masks ? "it masks by the tags of sentences, which raw text has not" : "it masks nothing";
    throw new OptionError(
      message`Expected ${
        setting("masking")
      } for raw text (${rawTextMaskingNames}) but found ${name}: ${reason}`,
    );
  }
  checkCounts(settings, {
    epochs: 1,
    maxSteps: 0,
    maxLength: 3,
    batchTokens: 1,
    accumulation: 1,
    shuffleTokens: 1,
    evaluateEvery: 0,
    evaluationTokens: 1,
    seed: 0,
  });
  checkAmounts(settings, ["learningRate", "weightDecay", "maxGradientNorm"]);
  checkSchedule(settings);
  checkPrecision(settings);
  if (settings.dtype !== "F32" && settings.dtype !== "F16") {
    throw new OptionError(message`Expected ${setting("dtype")} to be F32 or F16 but found ${settings.dtype}`);
  }
  return settings;
}
