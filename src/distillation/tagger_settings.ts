import { OptionError } from "../errors.ts";
import { rawTextMaskingNames } from "../masking/registry.ts";
import { message, setting } from "../message.ts";
import { checkRules, defaultsOf, rulesOf, type SettingRules } from "../run/setting_rules.ts";
import { checkSettings, trainingRules, type TrainingSettings } from "../training/settings.ts";

/**
 * Everything that decides what the distillation of a tagger computes; those of {@linkcode TrainingSettings}
 * mean the same.
 */
export interface TaggerDistillationSettings extends
  Pick<
    TrainingSettings,
    | "masking"
    | "maskedCopies"
    | "maskedShare"
    | "maskFrom"
    | "annealFrom"
    | "epochs"
    | "maxSteps"
    | "batchTokens"
    | "accumulation"
    | "learningRate"
    | "headLearningRate"
    | "layerDecay"
    | "schedule"
    | "warmup"
    | "weightDecay"
    | "maxGradientNorm"
    | "freezeEmbeddings"
    | "freezeLayers"
    | "evaluations"
    | "patience"
    | "average"
    | "dropout"
    | "precision"
    | "recompute"
    | "seed"
  > {
  /**
   * By which the logits of both are divided before they are compared: above 1 the teacher's small
   * probabilities count more (Hinton et al. 2015, arXiv:1503.02531).
   */
  readonly temperature: number;
  /**
   * Share of the loss that is the cross entropy of gold tags, where there are any; the rest is the teacher's.
   */
  readonly goldWeight: number;
}

/** Settings of training that a student has, too. */
const SHARED = [
  "masking",
  "maskedCopies",
  "maskedShare",
  "maskFrom",
  "annealFrom",
  "epochs",
  "maxSteps",
  "batchTokens",
  "accumulation",
  "learningRate",
  "headLearningRate",
  "layerDecay",
  "schedule",
  "warmup",
  "weightDecay",
  "maxGradientNorm",
  "freezeEmbeddings",
  "freezeLayers",
  "evaluations",
  "patience",
  "average",
  "dropout",
  "precision",
  "recompute",
  "seed",
] as const satisfies readonly (keyof TaggerDistillationSettings)[];

/** What settings may be, and are unless told otherwise. */
export const taggerDistillationRules: SettingRules<TaggerDistillationSettings> = {
  temperature: {
    kind: "number",
    above: 0,
    most: 100,
    default: 2,
    help: "by which logits are divided before they are compared: above 1 small probabilities count more",
  },
  goldWeight: {
    kind: "number",
    least: 0,
    most: 1,
    default: 0.5,
    help: message`share of the loss that is of the tags of ${setting("train")}; the rest is the teacher's`,
  },
  ...rulesOf(trainingRules, SHARED),
  masking: {
    kind: "choice",
    choices: () => ["none", ...rawTextMaskingNames],
    default: "none",
    help: "what is masked for the student, in copies of sentences of which the teacher sees all",
  },
};

/** What a distillation of a tagger does unless told otherwise. */
export const defaultTaggerDistillationSettings: TaggerDistillationSettings = defaultsOf(
  taggerDistillationRules,
);

/** Settings of such a run, and those of the training that it is. */
export interface CheckedTaggerDistillation {
  readonly settings: TaggerDistillationSettings;
  readonly training: TrainingSettings;
}

/**
 * Defaults filled in and everything checked.
 *
 * @throws {OptionError} naming the setting, what it has to be and what it was
 */
export function checkTaggerDistillation(
  given: Partial<TaggerDistillationSettings>,
): CheckedTaggerDistillation {
  const settings = { ...defaultTaggerDistillationSettings, ...given };
  checkRules(taggerDistillationRules, settings);
  if (settings.goldWeight === 1) {
    throw new OptionError(
      message`Expected ${
        setting("goldWeight")
      } below 1 but found 1: nothing would be learnt from the teacher`,
    );
  }
  const { temperature: _, goldWeight: __, ...shared } = settings;
  return {
    settings,
    training: checkSettings({ ...shared, head: "linear", features: "none", augmentation: 0 }),
  };
}
