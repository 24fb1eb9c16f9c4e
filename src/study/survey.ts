import { OptionError } from "../errors.ts";
import { message, setting } from "../message.ts";
import { joinPath } from "../store/store.ts";
import { checkAugmentable } from "../training/augmentable.ts";
import { adaptedCheckpoint } from "./adaptation.ts";
import { type ChosenRates, gridCells, tuningCells } from "./cells.ts";
import type { Checkpoint, StudyInput } from "./input.ts";
import { armSettings, checkPlan } from "./plan.ts";
import { PreparedCells } from "./prepared_cells.ts";
import type { RunRecord } from "./record.ts";
import { checkData, warningsOn } from "./study_data.ts";
import { chooseRates } from "./tuning.ts";
import { TokenCounts } from "./token_counts.ts";

/** What is known of a study before it begins or goes on. */
export interface Survey {
  /** Counts its tokens. */
  readonly tokens: TokenCounts;
  /** The checkpoint that the runs of each data set begin from; an adapted one may have to be made. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  /** The records of the runs that are finished, those that tuned included, by their names. */
  readonly finished: ReadonlyMap<string, RunRecord>;
  /** The learning rates that were chosen on dev, once all runs that tune are finished. */
  readonly chosen: ChosenRates | undefined;
  /** What a person has to know before the study has cost time. */
  readonly warnings: readonly string[];
}

/**
 * Looks at plan, data and what is finished; trains and writes nothing.
 *
 * @throws {LacunaError} for a plan, data or raw text that cannot work, and for finished runs that are not of
 * this study
 * @throws the signal's reason, if it is aborted
 */
export async function surveyStudy(input: StudyInput): Promise<Survey> {
  const { plan, data, checkpoint } = input;
  checkPlan(plan);
  checkData(plan, data);
  checkText(input);
  await checkHead(input);
  const tokens = await TokenCounts.open(plan, data, checkpoint.start);
  const checkpoints = new Map<string, Checkpoint>();
  for (const { name } of data) {
    const adaptation = adaptationOf(input, name);
    checkpoints.set(name, adaptation ? await adaptedCheckpoint(adaptation) : checkpoint);
  }
  const prepared = new PreparedCells({ ...input, checkpoints, tokens });
  const names = data.map(({ name }) => name);
  const tuning = tuningCells(plan, names);
  const tuned = await prepared.finished(tuning);
  const warnings = data.flatMap((data) => warningsOn(data, plan));
  // Without all runs that tune, the learning rates of the grid are not known.
  if (tuned.size < tuning.length) {
    return { tokens, checkpoints, finished: tuned, chosen: undefined, warnings };
  }
  const chosen = plan.tuning && chooseRates([...tuned.values()], { ...plan, tuning: plan.tuning });
  const grid = await prepared.finished(gridCells(plan, names, chosen));
  return { tokens, checkpoints, finished: new Map([...tuned, ...grid]), chosen, warnings };
}

/** How the checkpoint is adapted to a data set; undefined where the plan does not adapt. */
export function adaptationOf(
  { plan: { adaptation }, unlabelled, out, ...input }: StudyInput,
  dataset: string,
) {
  if (!adaptation) return undefined;
  const { checkpoint, openDevice, signal } = input;
  const text = unlabelled!.get(dataset)!;
  const place = { store: out.store, dir: joinPath(out.dir, `adapted/${dataset}`) };
  return { checkpoint, openDevice, signal, adaptation, text, out: place };
}

/** Refuses arms with augmentation where there is no head for it; adaptation gives every checkpoint one. */
async function checkHead({ plan, checkpoint }: StudyInput): Promise<void> {
  const [seed] = plan.seeds;
  const augmenting = plan.arms.some((arm) => armSettings(plan, arm, { seed }).augmentation > 0);
  if (augmenting && !plan.adaptation) await checkAugmentable(checkpoint.start);
}

/** Refuses adaptation of some data sets only: a comparison of languages would be one of texts. */
function checkText({ plan, data, unlabelled }: StudyInput): void {
  if (!plan.adaptation) {
    if (unlabelled) {
      throw new OptionError(
        message`Expected a plan with adaptation for ${setting("unlabelled")} but found one without`,
      );
    }
    return;
  }
  const without = data.filter(({ name }) => !unlabelled?.has(name)).map(({ name }) => name);
  if (without.length > 0) {
    throw new OptionError(
      message`Expected ${setting("unlabelled")} text for every data set but found none for ${without}`,
    );
  }
}
