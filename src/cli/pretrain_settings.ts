/** The options of `pretrain` that decide what a run computes, and what they are without being given. */

import { OptionError } from "../errors.ts";
import { rawTextMaskingNames } from "../masking/registry.ts";
import { schedules } from "../optim/schedule.ts";
import {
  checkPretrainingSettings,
  defaultPretrainingSettings,
  type PretrainingSettings,
} from "../pretraining/settings.ts";
import { precisions } from "../training/check_settings.ts";
import { UsageError } from "./command.ts";
import { choice, flag, number, type Values, wholeNumber } from "./options.ts";

/** Nothing learnt has to be kept from scratch, so the rate is higher. */
const SCRATCH_RATE = 1e-3;

/** A description with the default behind it. */
function standard(name: keyof PretrainingSettings, description: string): string {
  const scratch = name === "learningRate" ? `, from scratch ${SCRATCH_RATE}` : "";
  return `${description} (default: ${defaultPretrainingSettings[name]}${scratch})`;
}

/** Named as in {@linkcode PretrainingSettings}, but for `noDropout` and the names of dtypes. */
export const pretrainSettingsOptions = {
  masking: choice(standard("masking", "what is masked"), rawTextMaskingNames),
  boundaryObjective: flag("adds SpanBERT's boundary objective"),
  epochs: wholeNumber(standard("epochs", "passes over the text"), { min: 1 }),
  maxSteps: wholeNumber("steps of the optimiser, in place of --epochs", { min: 1 }),
  maxLength: wholeNumber(standard("maxLength", "most tokens of a sequence; lines are joined up to it"), {
    min: 3,
  }),
  batchTokens: wholeNumber(standard("batchTokens", "most tokens in a batch"), { min: 1 }),
  accumulation: wholeNumber(standard("accumulation", "batches whose gradients make one step"), { min: 1 }),
  shuffleTokens: wholeNumber(
    standard("shuffleTokens", "tokens that are in memory at a time, shuffled among each other"),
    { min: 1 },
  ),
  learningRate: number(standard("learningRate", "learning rate after warmup"), { min: 0 }),
  schedule: choice(standard("schedule", "how the rate falls after warmup"), schedules),
  warmup: number(standard("warmup", "share of the run in which the rate rises"), { min: 0, max: 1 }),
  weightDecay: number(standard("weightDecay", "decoupled weight decay"), { min: 0 }),
  maxGradientNorm: number(standard("maxGradientNorm", "gradients are clipped to it; 0 leaves them"), {
    min: 0,
  }),
  noDropout: flag("trains without the dropouts of config.json"),
  precision: choice(
    standard(
      "precision",
      "what activations and the weights of products are kept in; f16 needs WebGPU with shader-f16",
    ),
    precisions,
  ),
  recompute: flag("computes activations again on the way back: less memory, a third more work"),
  evaluateEvery: wholeNumber(
    standard("evaluateEvery", "steps between looks at --heldout; 0 looks before and after the run only"),
    { min: 0 },
  ),
  evaluationTokens: wholeNumber(standard("evaluationTokens", "most tokens of --heldout that are looked at"), {
    min: 1,
  }),
  dtype: choice("number format of the saved weights; f16 takes half the bytes", ["f32", "f16"], {
    default: "f32",
  }),
  seed: wholeNumber(standard("seed", "decides order, masks, dropout and initial values"), {
    min: 0,
    max: 2 ** 32 - 1,
  }),
};

/** Options whose settings have another name or sense. */
const OTHERWISE = new Set<string>(["noDropout", "dtype"]);

/**
 * The settings that the options ask for.
 *
 * @throws {UsageError} if they do not go together
 */
export function pretrainingSettingsOf(
  options: Values<typeof pretrainSettingsOptions>,
  { scratch }: { readonly scratch: boolean },
): PretrainingSettings {
  if (options.epochs !== undefined && options.maxSteps !== undefined) {
    throw new UsageError("Expected --epochs or --max-steps, found both.");
  }
  const names = Object.keys(pretrainSettingsOptions) as (keyof typeof pretrainSettingsOptions)[];
  const given = names.filter((name) => !OTHERWISE.has(name) && options[name] !== undefined);
  try {
    return checkPretrainingSettings({
      ...(scratch ? { learningRate: SCRATCH_RATE } : {}),
      ...Object.fromEntries(given.map((name) => [name, options[name]])),
      dropout: !options.noDropout,
      dtype: options.dtype === "f16" ? "F16" : "F32",
    });
  } catch (error) {
    // Each value was checked by itself, so what is left are settings that contradict each other.
    if (error instanceof OptionError) throw new UsageError(error.message);
    throw error;
  }
}
