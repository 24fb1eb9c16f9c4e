import { yieldToHost } from "../device/yield_to_host.ts";
import { gridCells, tuningCells } from "./cells.ts";
import { type CutPlan, cutPlan } from "./cut.ts";
import type { StudyInput } from "./input.ts";
import type { StudyPlan } from "./plan.ts";
import { runName } from "./record.ts";
import type { Survey } from "./survey.ts";
import type { TokenCounts } from "./token_counts.ts";

/** What a plan costs. */
export interface Estimate {
  /** Runs, those that tune included. */
  readonly runs: number;
  /** Runs of them that are finished. */
  readonly finished: number;
  /** Forward-backward tokens of the runs that are left. */
  readonly tokens: number;
  /** The same with evaluations, a forward pass as a third. */
  readonly work: number;
}

/**
 * What a plan costs that begins, or goes on, without adaptation.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function estimateStudy(
  { plan, data, signal }: Pick<StudyInput, "plan" | "data" | "signal">,
  { tokens, finished }: Pick<Survey, "tokens" | "finished">,
): Promise<Estimate> {
  const cells = cellsOf(plan, data);
  for (const cell of cells) {
    await yieldToHost(signal);
    tokens.cost(cell); // counted once, and known from here on
  }
  const left = cells.filter(({ key }) => !finished.has(runName(key)));
  return {
    runs: cells.length,
    finished: cells.length - left.length,
    tokens: left.reduce((sum, cell) => sum + tokens.budget(cell), 0),
    work: left.reduce((sum, cell) => sum + tokens.cost(cell), 0),
  };
}

/**
 * Cuts a plan to what a machine does in some seconds, finished runs included: a grid that goes on is cut as
 * it was.
 *
 * @throws {OptionError} if even the smallest plan takes longer
 */
export function cutToTime(
  { plan, data }: Pick<StudyInput, "plan" | "data">,
  { tokens, seconds, pace }: {
    readonly tokens: TokenCounts;
    readonly seconds: number;
    /** Forward-backward tokens a second. */
    readonly pace: number;
  },
): CutPlan<StudyPlan> {
  return cutPlan(plan, {
    budget: seconds * pace,
    cost: (plan) => cellsOf(plan, data).reduce((sum, cell) => sum + tokens.cost(cell), 0),
  });
}

function cellsOf(plan: StudyPlan, data: StudyInput["data"]) {
  const names = data.map(({ name }) => name);
  return [...tuningCells(plan, names), ...gridCells(plan, names)];
}
