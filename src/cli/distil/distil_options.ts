/** The options of `distil`, and the settings that they ask for. */

import {
  checkEncoderDistillation,
  defaultEncoderDistillationSettings,
  encoderDistillationRules,
  type EncoderDistillationSettings,
} from "../../distillation/encoder_settings.ts";
import {
  checkTaggerDistillation,
  defaultTaggerDistillationSettings,
  taggerDistillationRules,
  type TaggerDistillationSettings,
} from "../../distillation/tagger_settings.ts";
import { readingOptions } from "../files/labelled.ts";
import { UsageError } from "../frame/command.ts";
import { needs } from "../frame/needs.ts";
import { flag, listOf, text, texts, type Values, wholeNumber } from "../frame/options.ts";
import { askedSettings, givenSettings, settingOptions } from "../run/run_settings.ts";
import { modelFolder } from "../hub/model_option.ts";

/** What is learnt from what. */
export const lessonOptions = {
  teacher: modelFolder(
    "folder of the model that is learnt from: a tagger, or an encoder without a tagging head",
    {
      required: true,
    },
  ),
  encoder: flag("learns the hidden states of a teacher that tags, too, and not its tags"),
  text: texts(
    "PATH",
    "what the teacher reads: text files, folders with .txt files, or .conll and .tsv files (tags ignored)",
    { required: true },
  ),
  layers: wholeNumber("the student has so many of the first layers of the teacher, or of --model", {
    min: 1,
  }),
  keepLayers: listOf(
    wholeNumber("the student has these of the layers, counted from 0: 0,2,4", { min: 0 }),
  ),
  model: modelFolder(
    "folder of the model that the student begins from, with the teacher's tokenizer (default: the teacher)",
  ),
  fromScratch: flag("takes config.json and tokenizer of --model and begins with random weights"),
};

/** What else is learnt and measured on. */
export const measuringOptions = {
  heldout: texts(
    "PATH",
    "of an encoder: text files or folders to measure on; without them the last student is kept",
  ),
  train: text("FILE", "labelled file whose tags are learnt beside what the teacher says"),
  dev: text(
    "FILE",
    "labelled file to choose the best student on (default: a tenth of the text, as the teacher tags it)",
  ),
  test: text("FILE", "labelled file to score the best student on"),
  ...readingOptions,
};

/** Named as in {@linkcode TaggerDistillationSettings} and {@linkcode EncoderDistillationSettings}. */
export const distilSettingsOptions = {
  ...settingOptions(encoderDistillationRules),
  ...settingOptions(taggerDistillationRules, (name) => {
    const { [name]: other }: Record<string, unknown> = { ...defaultEncoderDistillationSettings };
    return other === undefined || other === defaultTaggerDistillationSettings[name]
      ? []
      : [`encoder ${other}`];
  }),
};

/** What only the distillation of a tagger has, and only that of an encoder. */
const ofTaggers = ["train", "dev", "test", ...Object.keys(taggerDistillationRules)].filter((name) =>
  !(name in encoderDistillationRules)
);
const ofEncoders = ["heldout", ...Object.keys(encoderDistillationRules)].filter((name) =>
  !(name in taggerDistillationRules)
);

/**
 * Refuses options that this kind of teacher has no use for.
 *
 * @throws {UsageError} naming the first one
 */
export function checkKind(
  options: Readonly<Record<string, unknown>>,
  { tags }: { readonly tags: boolean },
): void {
  for (const name of ofTaggers) needs(options, name, { other: "a --teacher that tags", there: tags });
  for (const name of ofEncoders) {
    needs(options, name, { other: "a --teacher that does not tag, or --encoder,", there: !tags });
  }
}

/**
 * The layers that the student begins with; undefined are all of them.
 *
 * @throws {UsageError} for none of the options that make a student, or two that contradict each other
 */
export function studentLayers(
  { layers, keepLayers, model, fromScratch }: Values<typeof lessonOptions>,
): readonly number[] | undefined {
  if (layers !== undefined && keepLayers !== undefined) {
    throw new UsageError("Expected --layers or --keep-layers, found both.");
  }
  if (fromScratch && model === undefined) {
    throw new UsageError("Expected --model with --from-scratch: it has the sizes of the student.");
  }
  if (layers === undefined && keepLayers === undefined && model === undefined) {
    throw new UsageError(
      "Expected --layers N, --keep-layers 0,2,4 or --model DIR, which say what the student is.",
    );
  }
  return keepLayers ?? (layers === undefined ? undefined : Array.from({ length: layers }, (_, i) => i));
}

/**
 * The settings that the options ask for.
 *
 * @throws {UsageError} if they do not go together
 */
export function taggerSettingsOf(
  options: Values<typeof distilSettingsOptions>,
): TaggerDistillationSettings {
  return askedSettings(
    options,
    () => checkTaggerDistillation(givenSettings(options, taggerDistillationRules)).settings,
  );
}

/**
 * The settings that the options ask for where the teacher is an encoder.
 *
 * @throws {UsageError} if they do not go together
 */
export function encoderSettingsOf(
  options: Values<typeof distilSettingsOptions>,
): EncoderDistillationSettings {
  return askedSettings(
    options,
    () => checkEncoderDistillation(givenSettings(options, encoderDistillationRules)),
  );
}
