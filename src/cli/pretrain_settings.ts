/** The options of `pretrain` that decide what a run computes, and what they are without being given. */

import { rawTextMaskingNames } from "../masking/registry.ts";
import {
  checkPretrainingSettings,
  defaultPretrainingSettings,
  type PretrainingSettings,
} from "../pretraining/settings.ts";
import { choice, flag, number, type Values, wholeNumber } from "./options.ts";
import { askedSettings, givenSettings, runSettingsOptions, seedOption } from "./run_settings.ts";

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
  maxLength: wholeNumber(standard("maxLength", "most tokens of a sequence; lines are joined up to it"), {
    min: 3,
  }),
  batchTokens: wholeNumber(standard("batchTokens", "most tokens in a batch"), { min: 1 }),
  shuffleTokens: wholeNumber(
    standard("shuffleTokens", "tokens that are in memory at a time, shuffled among each other"),
    { min: 1 },
  ),
  learningRate: number(standard("learningRate", "learning rate after warmup"), { min: 0 }),
  ...runSettingsOptions(standard),
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
  seed: seedOption(standard("seed", "decides order, masks, dropout and initial values")),
};

/**
 * The settings that the options ask for.
 *
 * @throws {UsageError} if they do not go together
 */
export function pretrainingSettingsOf(
  options: Values<typeof pretrainSettingsOptions>,
  { scratch }: { readonly scratch: boolean },
): PretrainingSettings {
  const names = Object.keys(pretrainSettingsOptions).filter((name) => name !== "dtype");
  return askedSettings(options, () =>
    checkPretrainingSettings({
      ...(scratch ? { learningRate: SCRATCH_RATE } : {}),
      ...givenSettings<PretrainingSettings>(options, names),
      dtype: options.dtype === "f16" ? "F16" : "F32",
    }));
}
