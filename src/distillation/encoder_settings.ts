import { OptionError } from "../errors.ts";
import { maskingStrategy, rawTextMaskingNames } from "../masking/registry.ts";
import { Message, message, setting } from "../message.ts";
import { pretrainingRules, type PretrainingSettings } from "../pretraining/settings.ts";
import { checkRules, defaultsOf, rulesWithout, type SettingRules } from "../run/setting_rules.ts";

/** Which hidden states of a student are compared with a teacher's. */
export type ComparedStates = "all" | "last";

/**
 * Everything that decides what the distillation of an encoder computes; those of {@linkcode
 * PretrainingSettings} mean the same.
 */
export interface EncoderDistillationSettings
  extends Omit<PretrainingSettings, "boundaryObjective" | "normalise"> {
  /**
   * Whether the student learns the hidden states of its last layer alone, or of all: those of its layer i of
   * K are to be the teacher's of layer i · N / K of N (Jiao et al. 2020, arXiv:1909.10351).
   */
  readonly hiddenStates: ComparedStates;
  /**
   * Weight of the masked-LM loss beside the mean squared error of hidden states; with 0 a masked-LM head of
   * the checkpoint stays as it is, and one that it lacks is not made.
   */
  readonly mlmWeight: number;
}

/** What settings may be, and are unless told otherwise. */
export const encoderDistillationRules: SettingRules<EncoderDistillationSettings> = {
  hiddenStates: {
    kind: "choice",
    choices: () => ["all", "last"],
    default: "all",
    help: "which layers of the student learn the hidden states of the teacher's",
  },
  mlmWeight: {
    kind: "number",
    least: 0,
    default: 0,
    help: "weight of the masked-LM loss beside the distance of hidden states",
  },
  ...rulesWithout(pretrainingRules, ["boundaryObjective", "normalise"]),
  masking: {
    kind: "choice",
    choices: () => ["none", ...rawTextMaskingNames],
    default: "span",
    help: "what is masked for the student, of a text of which the teacher sees all",
  },
};

/** What a distillation of an encoder does unless told otherwise. */
export const defaultEncoderDistillationSettings: EncoderDistillationSettings = defaultsOf(
  encoderDistillationRules,
);

/**
 * Defaults filled in and everything checked.
 *
 * @throws {OptionError} naming the setting, what it has to be and what it was
 */
export function checkEncoderDistillation(
  given: Partial<EncoderDistillationSettings>,
): EncoderDistillationSettings {
  const settings = { ...defaultEncoderDistillationSettings, ...given };
  checkRules(encoderDistillationRules, settings);
  if (settings.mlmWeight > 0 && !maskingStrategy(settings.masking).masks) {
    throw new OptionError(
      new Message(
        message`Expected ${setting("masking")} that masks with ${
          setting("mlmWeight", String(settings.mlmWeight))
        } `,
        `but found ${settings.masking}: there would be nothing to predict`,
      ),
    );
  }
  return settings;
}
