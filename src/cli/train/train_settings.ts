/** The options of `train` that decide what a run computes, and what they are without being given. */

import { checkSettings, trainingRules, type TrainingSettings } from "../../training/settings.ts";
import type { Values } from "../frame/options.ts";
import { askedSettings, givenSettings, settingOptions } from "../run/run_settings.ts";

/** What a run begins from: any checkpoint, the embedded one, or random weights. */
export type Start = "checkpoint" | "embedded" | "scratch";

/**
 * Where runs from a small or an untrained model differ from those that fine-tune a large one: less that was learnt has
 * to be kept, so rates are higher, and batches are smaller, for more steps an epoch. Found on the embedded corpus, see
 * weights/README.md.
 */
export const startSettings: Readonly<Record<Start, Partial<TrainingSettings>>> = {
  checkpoint: {},
  embedded: { learningRate: 5e-4, headLearningRate: 5e-4, adaptationLearningRate: 5e-4, batchTokens: 256 },
  scratch: { learningRate: 1e-3, headLearningRate: 1e-3, adaptationLearningRate: 1e-3, batchTokens: 256 },
};

/** Named as in {@linkcode TrainingSettings}. */
export const settingsOptions = settingOptions(trainingRules, otherDefaults);

/** The defaults of a setting where a run begins from the embedded model or from random weights, in words. */
export function otherDefaults(name: keyof TrainingSettings): string[] {
  const { embedded, scratch } = startSettings;
  return [
    ...embedded[name] === undefined ? [] : [`embedded model ${embedded[name]}`],
    ...scratch[name] === undefined ? [] : [`from scratch ${scratch[name]}`],
  ];
}

/**
 * The settings that the options ask for.
 *
 * @throws {UsageError} if they do not go together
 */
export function trainingSettingsOf(
  options: Values<typeof settingsOptions>,
  { start }: { readonly start: Start },
): TrainingSettings {
  return askedSettings(options, () =>
    checkSettings({
      ...startSettings[start],
      ...givenSettings(options, trainingRules),
    }));
}
