/** The options of `compare` that say what is compared. */

import { namedArms, oneCopy } from "../../study/arms.ts";
import { rulesWithout } from "../../run/setting_rules.ts";
import { trainingRules } from "../../training/settings.ts";
import { studyDataOptions } from "./compare_data.ts";
import { choice, flag, listOf, number, type Values, wholeNumber } from "../frame/options.ts";
import { settingOptions } from "../run/run_settings.ts";
import { otherDefaults, settingsOptions } from "../train/train_settings.ts";
import { modelFolder } from "../hub/model_option.ts";

/** Rules of the settings that all arms share; the others are decided by the plan or by an arm. */
export const sharedRules = rulesWithout(
  trainingRules,
  [
    ...["masking", "objective", "lambda", "lambdaWarmup"],
    ...["adaptationEpochs", "adaptationLearningRate", "boundaryObjective"],
    ...["augmentation", "augmentationEpochs", "epochs", "maxSteps", "evaluations", "patience"],
    ...["precision", "seed"],
  ] as const,
);

// Words are joined with no encoder unless that is asked for.
const shared = settingOptions(sharedRules, (name) => name === "features" ? [] : otherDefaults(name));

/** Options of these settings, as `train` has them. */
const sharedSettings = {
  ...shared,
  maskedCopies: {
    ...shared.maskedCopies,
    description:
      `masked copies of a sentence in a step, on average (default: ${oneCopy.maskedCopies}, or an arm's own)`,
  },
  annealFrom: {
    ...shared.annealFrom,
    description:
      `share of the steps from which on masked copies become rarer (default: ${oneCopy.annealFrom}, or an arm's own)`,
  },
};

const SEED = { min: 1, max: 1000 };

/** What a grid on the embedded corpus is unless told otherwise. */
export const EMBEDDED = { arms: ["none", "span", "token"], sizes: [50, 100], seeds: 3, budgetEpochs: 20 };

/** How models are adapted unless told otherwise. */
export const ADAPTATION = { epochs: 1, learningRate: 1e-4 };

/** Augmentation is refused where a checkpoint has no trained masked-LM head, so nobody gets it unasked. */
const standardArms = namedArms.filter(({ settings }) => settings.augmentation === undefined);

/** What a grid on own data is unless told otherwise. */
export const OWN = { arms: standardArms.map(({ name }) => name), sizes: [100], seeds: 5, budgetEpochs: 40 };

/** A description with what holds for own data and for the embedded corpus. */
function standard(name: "sizes" | "seeds" | "budgetEpochs", description: string): string {
  return `${description} (default: ${OWN[name]}, embedded corpus ${EMBEDDED[name]})`;
}

/** Options whose values a plan holds. */
export const planOptions = {
  ...studyDataOptions,
  model: modelFolder("folder of the Hugging Face model to start from (default: the embedded small model)"),
  arms: listOf(choice(
    "what is compared, the first one with all others (default: all that need no trained masked-LM head, " +
      `embedded corpus ${EMBEDDED.arms})`,
    namedArms.map(({ name }) => name),
  )),
  sizes: listOf(wholeNumber(standard("sizes", "numbers of training sentences"), { min: 1 })),
  seeds: wholeNumber(standard("seeds", "seeds, each with its own sample"), SEED),
  budgetEpochs: number(
    standard(
      "budgetEpochs",
      "budget of a run: the forward-backward tokens of so many epochs without masked copies, the same for every arm",
    ),
    { above: 0 },
  ),
  testLimit: wholeNumber("scores on the same seeded sample of so many test sentences (default: all)", {
    min: 1,
  }),
  devOnly: flag("leaves test untouched, to choose arms on dev: the table has the best dev F1 of each run"),
  tune: listOf(number("learning rates that every arm tries on dev first, at every size", { above: 0 })),
  tuneSeeds: wholeNumber("seeds of the runs that tune (default: 2)", SEED),
  adaptationEpochs: wholeNumber(`passes over --unlabelled (default: ${ADAPTATION.epochs})`, { min: 1 }),
  adaptationLearningRate: number(`learning rate there (default: ${ADAPTATION.learningRate})`, { min: 0 }),
  boundaryObjective: settingsOptions.boundaryObjective,
  ...sharedSettings,
  lambda: number("weight of the masked-LM loss in joint arms (default: their own)", { min: 0 }),
  lambdaWarmup: number("share of the steps in which lambda rises from 0 (default: their own)", {
    min: 0,
    max: 1,
  }),
};

/** Values of {@linkcode planOptions}. */
export type PlanRequest = Values<typeof planOptions>;
