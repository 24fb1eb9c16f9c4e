/** Before a study begins: what it will cost on this machine, and what does not fit into its budget. */

import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { isJsonObject } from "../../json/strict_json.ts";
import { measureAdaptation } from "../../study/adaptation_cost.ts";
import { cutToTime, type Estimate, estimateStudy } from "../../study/estimate.ts";
import type { StudyInput } from "../../study/input.ts";
import { measurePace } from "../../study/pace.ts";
import { describeBudget, type StudyPlan } from "../../study/plan.ts";
import { parsePlan } from "../../study/plan_file.ts";
import type { Survey } from "../../study/survey.ts";
import { readJson, writeText } from "../../store/store.ts";
import { fingerprint } from "../../run/fingerprint.ts";
import { counted, formatCount } from "../frame/format.ts";
import { formatDuration } from "../progress/pace.ts";

/** What is left of a plan, and what was cut, in the order of cutting. */
export interface FittedPlan {
  readonly plan: StudyPlan;
  readonly cuts: readonly string[];
}

/**
 * What a budget left of a plan, kept so that a grid that goes on is not cut anew by a machine in another
 * mood.
 */
export const CUTS_FILE = "budget.json";

/**
 * Says what a plan costs, and cuts it to a budget where there is one.
 *
 * @param options `keep` whether what is left of the plan is written down for the next time
 * @throws {OptionError} if the smallest plan does not fit
 */
export async function fitPlan(
  input: StudyInput,
  { survey, hours, keep, say }: {
    survey: Survey;
    hours: number | undefined;
    keep: boolean;
    say: (line: string) => void;
  },
): Promise<FittedPlan> {
  const { plan, jobs } = input;
  const whole = await estimateStudy(input, survey);
  if (whole.runs === whole.finished) {
    say(`All ${counted(whole.runs, "run")} of the grid are finished.`);
    return { plan, cuts: [] };
  }
  const pace = await measurePace(input);
  say(describePlan(plan, input.data.length));
  say(describeCost(whole, pace));
  const adapting = await measureAdaptation(input);
  if (adapting > 0) say(`Before, adapting to unlabelled text takes about ${formatDuration(adapting)}.`);
  say(`Measured: ${formatCount(Math.round(pace))} tokens/s, ${counted(jobs, "run")} at a time.`);
  if (hours === undefined) return { plan, cuts: [] };
  const fitted = await keptFit(input, hours) ??
    cutToTime(input, { tokens: survey.tokens, seconds: 3600 * hours - adapting, pace });
  const kept = { asked: askedOf(plan, hours), hours, ...fitted };
  if (keep) await writeText(input.out.store, CUTS_FILE, JSON.stringify(kept) + "\n");
  if (fitted.cuts.length > 0) {
    const left = await estimateStudy({ ...input, plan: fitted.plan }, survey);
    say(`Cut to ${hours} h: ${fitted.cuts.join(", ")}. ${describeCost(left, pace)}`);
  }
  return fitted;
}

/**
 * What the same budget left of the same plan before, in this folder.
 *
 * @throws {LacunaError} if the file that says so is damaged, naming it
 */
export async function keptFit(
  { plan, out: { store } }: Pick<StudyInput, "plan" | "out">,
  hours: number | undefined,
): Promise<FittedPlan | undefined> {
  if (hours === undefined || !await store.exists(CUTS_FILE)) return undefined;
  const kept = await readJson(store, CUTS_FILE);
  if (!isJsonObject(kept) || kept.asked !== askedOf(plan, hours)) return undefined;
  const { plan: left, cuts } = kept;
  const file = store.locate(CUTS_FILE);
  if (!Array.isArray(cuts) || !cuts.every((cut) => typeof cut === "string")) {
    throw new DataError(`${file}: expected cuts, a list of texts, found ${quote(cuts)}: remove the file`);
  }
  return { plan: parsePlan(JSON.stringify(left) ?? "", { file }), cuts };
}

function askedOf(plan: StudyPlan, hours: number): string {
  return fingerprint([plan, hours]);
}

function describePlan(plan: StudyPlan, datasets: number): string {
  const { arms, sizes, seeds, tuning } = plan;
  const factors = [
    counted(datasets, "data set"),
    counted(arms.length, "arm"),
    `${sizes.length === 1 ? "size" : "sizes"} ${sizes.join(", ")}`,
    counted(seeds.length, "seed"),
  ];
  const tuned = tuning
    ? `; before, ${counted(tuning.learningRates.length, "learning rate")} with ${
      counted(tuning.seeds.length, "seed")
    } each`
    : "";
  return `Plan: ${factors.join(" x ")}${tuned}; a run may spend the tokens of ${
    describeBudget(plan)
  } without masked copies.`;
}

function describeCost({ runs, finished, tokens, work }: Estimate, pace: number): string {
  const left = finished === 0 ? counted(runs, "run") : `${runs - finished} of ${counted(runs, "run")} left`;
  return `Cost: ${left}, ${formatCount(tokens)} forward-backward tokens, with evaluations about ${
    formatDuration(work / pace)
  }.`;
}
