import { OptionError } from "../errors.ts";
import { Message, message, type MessagePart, setting } from "../message.ts";
import { checkSettings, defaultSettings, type TrainingSettings } from "../training/settings.ts";
import { type Arm, oneCopy } from "./arms.ts";

/** What a study compares, fixed before it begins. */
export interface StudyPlan {
  /**
   * From the most to the least informative: a budget cuts from the end. The first one is what others are
   * compared with.
   */
  readonly arms: readonly Arm[];
  /** Numbers of training sentences, ascending. */
  readonly sizes: readonly number[];
  /** Each draws its own sample. */
  readonly seeds: readonly number[];
  /**
   * The budget of a run is what so many epochs without masked copies cost in forward-backward tokens: one
   * number, or one for each size, since small samples take more epochs to converge than large ones.
   */
  readonly budgetEpochs: number | Readonly<Record<number, number>>;
  /** Leaves test untouched: for grids in which something is chosen. */
  readonly devOnly?: boolean;
  /** The same seeded sample of so many test sentences for all runs; 0 takes all. */
  readonly testLimit: number;
  /** What is tuned on dev before: the same list for every arm. */
  readonly tuning?: Tuning;
  /** Masked language modelling on raw text before: for all arms. */
  readonly adaptation?: Adaptation;
  /** Settings of all arms. */
  readonly settings: Partial<TrainingSettings>;
}

/** Learning rates that every arm tries at every size; the best mean dev F1 over data sets and seeds wins. */
export interface Tuning {
  readonly learningRates: readonly number[];
  /** Seeds of these runs, none of them a seed of the grid. */
  readonly seeds: readonly number[];
}

/** How models are adapted to raw text of their language. */
export interface Adaptation {
  /** Passes over the text. */
  readonly epochs: number;
  readonly learningRate: number;
  /** Adds SpanBERT's boundary objective. */
  readonly boundaryObjective?: boolean;
}

/** Evaluations on dev in a run. */
export const EVALUATIONS = 5;

/** Dev has at most so many sentences, or as many as there are for training where these are more. */
export const LEAST_DEV = 100;

/** The epochs without masked copies whose tokens a run of this size may spend. */
export function budgetEpochsAt({ budgetEpochs }: Pick<StudyPlan, "budgetEpochs">, size: number): number {
  return typeof budgetEpochs === "number" ? budgetEpochs : budgetEpochs[size];
}

/**
 * The budget of a run in words, for example "20 epochs" or "20 epochs (50 sentences), 5 epochs (1000
 * sentences)".
 */
export function describeBudget(plan: Pick<StudyPlan, "budgetEpochs" | "sizes">): string {
  const { budgetEpochs, sizes } = plan;
  if (typeof budgetEpochs === "number") return `${budgetEpochs} epochs`;
  return sizes.map((size) => `${budgetEpochsAt(plan, size)} epochs (${size} sentences)`).join(", ");
}

/** What a run is trained with where neither plan nor arm says otherwise. */
export const studyDefaults: TrainingSettings = { ...defaultSettings, ...oneCopy };

/**
 * Everything that one run of an arm is trained with, but for the number of steps, which the budget decides.
 *
 * @throws {OptionError} naming the arm, for settings that cannot work
 */
export function armSettings(
  { settings }: Pick<StudyPlan, "settings">,
  arm: Arm,
  { seed, learningRate }: { readonly seed: number; readonly learningRate?: number },
): TrainingSettings {
  try {
    return checkSettings({
      ...oneCopy,
      ...settings,
      ...arm.settings,
      ...(learningRate === undefined ? {} : { learningRate }),
      evaluations: EVALUATIONS,
      patience: 0,
      seed,
    });
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(message`Arm ${arm.name}: ${error}`);
    throw error;
  }
}

/**
 * Refuses a plan that cannot be carried out, whatever the data.
 *
 * @throws {OptionError} saying what is wrong with it
 */
export function checkPlan(plan: StudyPlan): void {
  const { arms, sizes, seeds, testLimit, tuning } = plan;
  checkList(setting("arms"), arms.map(({ name }) => name));
  checkList(setting("sizes"), sizes);
  checkList(setting("seeds"), seeds);
  for (const size of sizes) checkCount("a size", size, 1);
  for (const seed of [...seeds, ...tuning?.seeds ?? []]) checkCount("a seed", seed, 0);
  checkCount(setting("testLimit"), testLimit, 0);
  for (const size of sizes) {
    const epochs = budgetEpochsAt(plan, size);
    if (epochs > 0 && Number.isFinite(epochs)) continue;
    throw new OptionError(
      new Message(
        message`Expected ${setting("budgetEpochs")} to be a number above 0 `,
        `but found ${epochs ?? "none"} for ${size} sentences`,
      ),
    );
  }
  for (const arm of arms) {
    if (!/^[\w+.@-]+$/.test(arm.name)) {
      throw new OptionError(
        `Expected the name of an arm in letters, digits and +-_.@ but found "${arm.name}"`,
      );
    }
    if (!(arm.share > 0 && arm.share <= 1)) {
      throw new OptionError(
        `Arm ${arm.name}: expected its share of the budget above 0 and at most 1 but found ${arm.share}`,
      );
    }
    armSettings(plan, arm, { seed: seeds[0] });
  }
  if (tuning) {
    checkList("learning rates to tune", tuning.learningRates);
    checkList("seeds to tune with", tuning.seeds);
    for (const learningRate of tuning.learningRates) {
      for (const arm of arms) armSettings(plan, arm, { seed: seeds[0], learningRate });
    }
    const both = tuning.seeds.filter((seed) => seeds.includes(seed));
    if (both.length > 0) {
      throw new OptionError(
        `Expected seeds to tune with that are none of the grid's but found ${both.join(", ")}`,
      );
    }
  }
}

function checkList(what: MessagePart, list: readonly (string | number)[]): void {
  if (list.length === 0) throw new OptionError(message`Expected ${what} but found none`);
  const twice = list.find((item, i) => list.indexOf(item) !== i);
  if (twice === undefined) return;
  throw new OptionError(message`Expected different ${what} but found ${twice} twice`);
}

function checkCount(what: MessagePart, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value < 2 ** 32) return;
  throw new OptionError(message`Expected ${what} to be a whole number from ${least} but found ${value}`);
}
