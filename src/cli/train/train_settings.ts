/** The options of `train` that decide what a run computes, and what they are without being given. */

import { checkSettings, trainingRules, type TrainingSettings } from "../../training/settings.ts";
import type { Values } from "../frame/options.ts";
import { askedSettings, givenSettings, settingOptions } from "../run/run_settings.ts";

/** What a run begins from: any checkpoint, the embedded one, or random weights. */
export type Start = "checkpoint" | "embedded" | "scratch";

/**
 * Where runs from the embedded model or from random weights differ from those that fine-tune a large one. Few
 * sentences want steps: small batches give more of them, and a higher rate uses them (weights/README.md).
 * Without pretraining nothing that was learnt has to be kept, so rates are higher still. Frozen pieces of the
 * embedded model were no worse on dev and take 285 in place of 460 MiB (weights/README.md). Words joined with
 * a pretrained encoder were better on dev wherever that was tried (docs/small_data.md).
 */
export const startSettings: Readonly<Record<Start, Partial<TrainingSettings>>> = {
  checkpoint: { features: "words" },
  embedded: {
    features: "words",
    learningRate: 2e-4,
    headLearningRate: 2e-3,
    batchTokens: 128,
    freezeEmbeddings: true,
  },
  scratch: { learningRate: 1e-3, headLearningRate: 1e-3, adaptationLearningRate: 1e-3, batchTokens: 256 },
};

/**
 * What ends the embedded model on the embedded corpus, the first thing that people try, within a minute or
 * two.
 */
const firstLook = { epochs: 6 } satisfies Partial<TrainingSettings>;

/** Named as in {@linkcode TrainingSettings}. */
export const settingsOptions = settingOptions(trainingRules, (name) => [
  ...otherDefaults(name),
  ...name === "epochs" ? [`without --train and --model ${firstLook.epochs}`] : [],
]);

/** The defaults of a setting that depend on what a run begins from, in words. */
export function otherDefaults(name: keyof TrainingSettings): string[] {
  const { checkpoint, embedded, scratch } = startSettings;
  return [
    ...checkpoint[name] === undefined ? [] : [`with --model ${checkpoint[name]}`],
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
  { start, train }: { readonly start: Start; readonly train: string | undefined },
): TrainingSettings {
  return askedSettings(options, () =>
    checkSettings({
      ...startSettings[start],
      ...(start === "embedded" && train === undefined ? firstLook : {}),
      ...givenSettings(options, trainingRules),
    }));
}
