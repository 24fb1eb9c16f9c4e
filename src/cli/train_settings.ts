/** The options of `train` that decide what a run computes, and what they are without being given. */

import { objectives } from "../masking/objective.ts";
import { maskingNames } from "../masking/registry.ts";
import { checkSettings, defaultSettings, MOST_COPIES, type TrainingSettings } from "../training/settings.ts";
import { choice, flag, number, type Values, wholeNumber } from "./options.ts";
import { askedSettings, givenSettings, runSettingsOptions, seedOption } from "./run_settings.ts";

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

/** A description with the defaults behind it. */
function standard(name: keyof TrainingSettings, description: string): string {
  const defaults = [String(defaultSettings[name])];
  const { embedded, scratch } = startSettings;
  if (embedded[name] !== undefined) defaults.push(`embedded model ${embedded[name]}`);
  if (scratch[name] !== undefined) defaults.push(`from scratch ${scratch[name]}`);
  return `${description} (default: ${defaults.join(", ")})`;
}

/** Named as in {@linkcode TrainingSettings}. */
export const settingsOptions = {
  masking: choice(standard("masking", "what is masked in training"), maskingNames),
  objective: choice(
    `what the masked copies of a sentence are for (default: ${defaultSettings.objective}, none where nothing is masked)`,
    objectives,
  ),
  maskedCopies: number(
    standard(
      "maskedCopies",
      "masked copies of a sentence in a step, on average: 1.5 is a second one for half of them",
    ),
    { above: 0, max: MOST_COPIES },
  ),
  maskedShare: number(standard("maskedShare", "share of the subwords that is masked"), { above: 0, max: 1 }),
  maskFrom: number(standard("maskFrom", "share of the steps before which there are no masked copies"), {
    min: 0,
    max: 1,
  }),
  annealFrom: number(
    standard("annealFrom", "share of the steps from which on masked copies become rarer, to none at the end"),
    { min: 0, max: 1 },
  ),
  lambda: number(standard("lambda", "weight of the masked-LM loss in joint"), { min: 0 }),
  lambdaWarmup: number(standard("lambdaWarmup", "share of the steps in which lambda rises from 0"), {
    min: 0,
    max: 1,
  }),
  adaptationEpochs: wholeNumber(standard("adaptationEpochs", "passes over --unlabelled"), { min: 1 }),
  adaptationLearningRate: number(standard("adaptationLearningRate", "learning rate there"), { min: 0 }),
  boundaryObjective: flag("adds SpanBERT's boundary objective there"),
  augmentation: wholeNumber(
    standard(
      "augmentation",
      "copies of a sentence in which the masked LM of --model proposes other names (MELM)",
    ),
    { min: 0, max: MOST_COPIES },
  ),
  augmentationEpochs: wholeNumber(
    standard("augmentationEpochs", "passes in which it learns names before, at --adaptation-learning-rate"),
    { min: 1 },
  ),
  epochs: wholeNumber(standard("epochs", "passes over the training sentences"), { min: 1 }),
  batchTokens: wholeNumber(standard("batchTokens", "most tokens of sentences in a batch"), { min: 1 }),
  learningRate: number(standard("learningRate", "rate of the top layer after warmup"), { min: 0 }),
  headLearningRate: number(standard("headLearningRate", "rate of the heads"), { min: 0 }),
  layerDecay: number(standard("layerDecay", "rate of a layer relative to the one above"), {
    above: 0,
    max: 1,
  }),
  ...runSettingsOptions(standard),
  freezeEmbeddings: flag("leaves the embeddings as they are"),
  freezeLayers: wholeNumber(standard("freezeLayers", "leaves so many layers from the bottom as they are"), {
    min: 0,
  }),
  evaluations: wholeNumber(
    standard("evaluations", "evaluations on dev, evenly over the run; 0 evaluates after every epoch"),
    { min: 0 },
  ),
  patience: wholeNumber(
    standard("patience", "ends after so many evaluations without a better dev F1; 0 does not"),
    {
      min: 0,
    },
  ),
  seed: seedOption(standard("seed", "decides samples, order, masks, dropout and initial values")),
};

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
      ...givenSettings<TrainingSettings>(options, Object.keys(settingsOptions)),
    }));
}
