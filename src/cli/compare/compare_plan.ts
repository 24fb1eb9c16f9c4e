/** The plan that the options of `compare`, or a file, ask for. */

import { OptionError } from "../../errors.ts";
import { type Arm, namedArm } from "../../study/arms.ts";
import { checkPlan, type StudyPlan } from "../../study/plan.ts";
import { parsePlan, type PlanFile } from "../../study/plan_file.ts";
import type { TrainingSettings } from "../../training/settings.ts";
import { UsageError } from "../frame/command.ts";
import { dataFolders, EMBEDDED_DATA } from "./compare_data.ts";
import { ADAPTATION, EMBEDDED, OWN, planOptions, type PlanRequest, sharedRules } from "./compare_options.ts";
import { readTextFile } from "../files/files.ts";
import { needs } from "../frame/needs.ts";
import { optionName } from "../frame/options.ts";
import { givenSettings } from "../run/run_settings.ts";
import { type Start, startSettings } from "../train/train_settings.ts";

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

/** A plan file, and whether there is raw text to adapt to. */
interface Beside {
  readonly plan: string | undefined;
  readonly adapts: boolean;
}

/**
 * The plan that a file or the options ask for.
 *
 * @throws {UsageError} for options that do not go together
 * @throws {LacunaError} for a plan file that says nothing of use
 */
export async function askedPlan(options: PlanRequest, { plan: path, adapts }: Beside): Promise<AskedPlan> {
  checkDataOptions(options);
  if (path !== undefined) return await planFrom(path, options);
  checkTogether(options, adapts);
  const { model } = options;
  const plan = planOf(options, adapts);
  try {
    checkPlan(plan);
  } catch (error) {
    // Each value was checked by itself, so what is left are values that contradict each other.
    if (error instanceof OptionError) throw new UsageError(error.said);
    throw error;
  }
  return { plan, model, folders: foldersOf(options) };
}

function checkDataOptions({ data, train, dev, test }: PlanRequest): void {
  const files = [train, dev, test].filter((file) => file !== undefined);
  if (data !== undefined && files.length > 0) {
    throw new UsageError("Expected --data or --train, --dev and --test, found both.");
  }
  if (train === undefined && files.length > 0) {
    throw new UsageError("Expected --train with --dev or --test: without it the embedded corpus is used.");
  }
}

/** Refuses options that need others which are not there. */
function checkTogether(options: PlanRequest, adapts: boolean): void {
  needs(options, "adaptationEpochs", { other: "--unlabelled", there: adapts });
  needs(options, "adaptationLearningRate", { other: "--unlabelled", there: adapts });
  needs(options, "boundaryObjective", { other: "--unlabelled", there: adapts });
  needs(options, "tuneSeeds", { other: "--tune", there: options.tune !== undefined });
  if (options.testLimit !== undefined && options.devOnly) {
    throw new UsageError("Expected no --test-limit with --dev-only: test is left untouched.");
  }
}

function planOf(options: PlanRequest, adapts: boolean): StudyPlan {
  const defaults = options.train === undefined && options.data === undefined ? EMBEDDED : OWN;
  const {
    arms = defaults.arms,
    sizes = defaults.sizes,
    seeds = defaults.seeds,
    budgetEpochs = defaults.budgetEpochs,
    testLimit = 0,
    tune,
    tuneSeeds = 2,
    adaptationEpochs: epochs = ADAPTATION.epochs,
    adaptationLearningRate: learningRate = ADAPTATION.learningRate,
    boundaryObjective,
  } = options;
  const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
  return {
    arms: arms.map((name) => withLambda(namedArm(name), options)),
    sizes: [...sizes].sort((a, b) => a - b),
    seeds: seedsFrom(1, seeds),
    budgetEpochs,
    testLimit,
    ...(options.devOnly ? { devOnly: true } : {}),
    ...(tune ? { tuning: { learningRates: tune, seeds: seedsFrom(TUNING_SEEDS, tuneSeeds) } } : {}),
    ...(adapts
      ? { adaptation: { epochs, learningRate, ...(boundaryObjective ? { boundaryObjective } : {}) } }
      : {}),
    settings: {
      ...settingsFrom(options.model),
      ...givenSettings(options, sharedRules),
    },
  };
}

/** Folders of data sets; undefined where three files are given. */
function foldersOf({ data, train }: PlanRequest): AskedPlan["folders"] {
  return dataFolders(data) ?? (train === undefined ? EMBEDDED_DATA : undefined);
}

/**
 * As in train, but for words beside the encoder: they see nothing of masks, and cover a part of what masks
 * change.
 */
function settingsFrom(model: string | undefined): Partial<TrainingSettings> {
  const start: Start = model === undefined ? "embedded" : "checkpoint";
  return { ...startSettings[start], features: "none" };
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

/**
 * A plan from a file, which decides everything; data and model may be named beside it where it leaves them
 * open.
 */
async function planFrom(path: string, options: PlanRequest): Promise<AskedPlan> {
  const { model = options.model, data, ...plan } = parsePlan(await readTextFile(path), { file: path });
  const open = new Set<keyof PlanRequest>([
    ...(model === options.model ? ["model"] as const : []),
    ...(data === undefined ? ["data", "train", "dev", "test"] as const : []),
  ]);
  for (const name of Object.keys(planOptions) as (keyof PlanRequest)[]) {
    if (options[name] === undefined || options[name] === false || open.has(name)) continue;
    throw new UsageError(`Expected no ${optionName(name)} with --plan: ${path} decides it.`);
  }
  return {
    plan: { ...plan, settings: { ...settingsFrom(model), ...plan.settings } },
    model,
    folders: data ?? foldersOf(options),
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
