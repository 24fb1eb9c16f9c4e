/** The options of `compare` that say what is compared, and the plan that they make. */

import { OptionError } from "../errors.ts";
import { type Arm, namedArm, namedArms } from "../study/arms.ts";
import { checkPlan, type StudyPlan } from "../study/plan.ts";
import { parsePlan, type PlanFile } from "../study/plan_file.ts";
import type { TrainingSettings } from "../training/settings.ts";
import { UsageError } from "./command.ts";
import { dataFolders, EMBEDDED_DATA, studyDataOptions, type StudyDataRequest } from "./compare_data.ts";
import { readTextFile } from "./files.ts";
import { choice, listOf, number, optionName, text, type Values, wholeNumber } from "./options.ts";
import { settingsOptions, type Start, startSettings } from "./train_settings.ts";

/** What every arm or the plan itself decides. */
const {
  masking: _masking,
  objective: _objective,
  epochs: _epochs,
  maxSteps: _maxSteps,
  evaluations: _evaluations,
  patience: _patience,
  seed: _seed,
  adaptationEpochs: _adaptationEpochs,
  adaptationLearningRate: _adaptationLearningRate,
  boundaryObjective: _boundary,
  lambda: _lambda,
  lambdaWarmup: _lambdaWarmup,
  ...sharedSettings
} = settingsOptions;

const SEED = { min: 1, max: 1000 };
const EMBEDDED = { arms: ["none", "span", "token"], sizes: [50, 100], seeds: 3, budgetEpochs: 20 };
/** How models are adapted unless told otherwise. */
const ADAPTATION = { epochs: 1, learningRate: 1e-4 };
const OWN = { arms: namedArms.map(({ name }) => name), sizes: [100], seeds: 5, budgetEpochs: 40 };

/** A description with what holds for own data and for the embedded corpus. */
function standard(name: "sizes" | "seeds" | "budgetEpochs", description: string): string {
  return `${description} (default: ${OWN[name]}, embedded corpus ${EMBEDDED[name]})`;
}

/** Options whose values a plan holds. */
export const planOptions = {
  ...studyDataOptions,
  model: text("DIR", "folder of the Hugging Face model to start from (default: the embedded small model)"),
  arms: listOf(choice(
    `what is compared, the first one with all others (default: all, embedded corpus ${EMBEDDED.arms})`,
    OWN.arms,
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
  tune: listOf(number("learning rates that every arm tries on dev first, at every size", { above: 0 })),
  tuneSeeds: wholeNumber("seeds of the runs that tune (default: 2)", SEED),
  adaptationEpochs: wholeNumber(`passes over --unlabelled (default: ${ADAPTATION.epochs})`, { min: 1 }),
  adaptationLearningRate: number(`learning rate there (default: ${ADAPTATION.learningRate})`, { min: 0 }),
  ...sharedSettings,
  lambda: number("weight of the masked-LM loss in joint arms (default: their own)", { min: 0 }),
  lambdaWarmup: number("share of the steps in which lambda rises from 0 (default: their own)", {
    min: 0,
    max: 1,
  }),
};

/** Values of {@linkcode planOptions}. */
export type PlanRequest = Values<typeof planOptions>;

/** A plan, and where its data and model are. */
export interface AskedPlan {
  readonly plan: StudyPlan;
  /** Folder of the model; undefined for the embedded one. */
  readonly model: string | undefined;
  /** Folders of data sets; undefined where three files are given. */
  readonly folders: Readonly<Record<string, string>> | undefined;
}

/** First seed of the runs that tune, beyond any seed of a grid. */
const TUNING_SEEDS = 1001;

/**
 * The plan that a file or the options ask for.
 *
 * @throws {UsageError} for options that do not go together
 * @throws {LacunaError} for a plan file that says nothing of use
 */
export async function askedPlan(
  options: PlanRequest,
  { plan: path, adapts }: { readonly plan: string | undefined; readonly adapts: boolean },
): Promise<AskedPlan> {
  if (path !== undefined) return await planFrom(path, options);
  for (const name of ["adaptationEpochs", "adaptationLearningRate"] as const) {
    if (options[name] === undefined || adapts) continue;
    throw new UsageError(`Expected --unlabelled with ${name}: nothing else uses it.`);
  }
  const own = options.train !== undefined || options.data !== undefined;
  if (!own && (options.dev !== undefined || options.test !== undefined)) {
    throw new UsageError("Expected --train with --dev or --test: without it the embedded corpus is used.");
  }
  if (
    options.data !== undefined &&
    [options.train, options.dev, options.test].some((file) => file !== undefined)
  ) {
    throw new UsageError("Expected --data or --train, --dev and --test, found both.");
  }
  const defaults = own ? OWN : EMBEDDED;
  const { testLimit = 0, tune, tuneSeeds, budgetEpochs = defaults.budgetEpochs } = options;
  if (tuneSeeds !== undefined && tune === undefined) {
    throw new UsageError("Expected --tune with tuneSeeds: nothing else uses it.");
  }
  const settings = {
    ...startSettings[startOf(options.model)],
    ...Object.fromEntries(
      (Object.keys(sharedSettings) as (keyof typeof sharedSettings)[])
        .filter((name) => name !== "noDropout" && options[name] !== undefined && options[name] !== false)
        .map((name) => [name, options[name]]),
    ),
    ...(options.noDropout ? { dropout: false } : {}),
  };
  const plan: StudyPlan = {
    arms: (options.arms ?? defaults.arms).map((name) => withLambda(namedArm(name), options)),
    sizes: [...options.sizes ?? defaults.sizes].sort((a, b) => a - b),
    seeds: Array.from({ length: options.seeds ?? defaults.seeds }, (_, i) => i + 1),
    budgetEpochs,
    testLimit,
    ...(tune && {
      tuning: {
        learningRates: tune,
        seeds: Array.from({ length: tuneSeeds ?? 2 }, (_, i) => TUNING_SEEDS + i),
      },
    }),
    ...(adapts && {
      adaptation: {
        epochs: options.adaptationEpochs ?? ADAPTATION.epochs,
        learningRate: options.adaptationLearningRate ?? ADAPTATION.learningRate,
      },
    }),
    settings,
  };
  try {
    checkPlan(plan);
  } catch (error) {
    // Each value was checked by itself, so what is left are values that contradict each other.
    if (error instanceof OptionError) throw new UsageError(error.message);
    throw error;
  }
  const folders = dataFolders(options.data) ?? (own ? undefined : EMBEDDED_DATA);
  return { plan, model: options.model, folders };
}

function startOf(model: string | undefined): Start {
  return model === undefined ? "embedded" : "checkpoint";
}

/** An arm has its own lambda, unless a person asks for another one. */
function withLambda(arm: Arm, { lambda, lambdaWarmup }: PlanRequest): Arm {
  if (arm.settings.objective !== "joint") return arm;
  const asked: Partial<TrainingSettings> = {
    ...(lambda === undefined ? {} : { lambda }),
    ...(lambdaWarmup === undefined ? {} : { lambdaWarmup }),
  };
  return { ...arm, settings: { ...arm.settings, ...asked } };
}

/** A plan from a file, which decides everything; data and model may be named beside it where it leaves them open. */
async function planFrom(path: string, options: PlanRequest): Promise<AskedPlan> {
  const file = parsePlan(await readTextFile(path), { file: path });
  const beside: StudyDataRequest & { model?: string } = {
    ...(file.model === undefined ? { model: options.model } : {}),
    ...(file.data === undefined
      ? { data: options.data, train: options.train, dev: options.dev, test: options.test }
      : {}),
  };
  for (const name of Object.keys(planOptions) as (keyof PlanRequest)[]) {
    if (options[name] === undefined || options[name] === false || name in beside) continue;
    throw new UsageError(`Expected no ${optionName(name)} with --plan: ${path} decides it.`);
  }
  const { model = beside.model, data, ...plan } = file;
  const folders = data ?? dataFolders(beside.data) ??
    (beside.train === undefined ? EMBEDDED_DATA : undefined);
  return {
    plan: { ...plan, settings: { ...startSettings[startOf(model)], ...plan.settings } },
    model,
    folders,
  };
}

/** The file of a plan, by which it can be carried out again. */
export function planFileOf({ plan, model, folders }: AskedPlan): PlanFile {
  return {
    ...(model === undefined ? {} : { model }),
    ...(folders === undefined || folders === EMBEDDED_DATA ? {} : { data: folders }),
    ...plan,
  };
}
