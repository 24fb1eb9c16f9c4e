import { OptionError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import type { StudyPlan } from "./plan.ts";

/** The part of a plan that a budget can cut. */
export type Cuttable = Pick<StudyPlan, "arms" | "sizes" | "seeds">;

/** What a budget left of a plan. */
export interface CutPlan<P extends Cuttable> {
  readonly plan: P;
  /** What was cut, in the order of cutting: `seed 5`, `arm prompt`, `size 1000`. */
  readonly cuts: readonly string[];
}

/** Seeds below which arms and sizes go first: fewer say nothing about the spread. */
const SOME_SEEDS = 3;

/** The stated order of cutting, for the help. */
export const CUTTING_ORDER =
  `first seeds from the last one down to ${SOME_SEEDS}, then arms from the last named down ` +
  "to two, then sizes from the largest down to one, then seeds down to one";

/**
 * Cuts a plan until it costs no more than a budget, in the order of {@linkcode CUTTING_ORDER}.
 *
 * @param cost what a plan costs, in the unit of the budget
 * @throws {OptionError} if even the smallest plan costs more
 */
export function cutPlan<P extends Cuttable>(
  plan: P,
  { budget, cost }: { readonly budget: number; readonly cost: (plan: P) => number },
): CutPlan<P> {
  const cuts: string[] = [];
  let left = plan;
  while (cost(left) > budget) {
    const next = cutOnce(left);
    if (next === undefined) {
      throw new OptionError(
        new Message(
          "Expected a budget for the first two arms, the smallest size and one seed at least, found one that is ",
          message`too small: give more, or fewer ${setting("budgetEpochs")}`,
        ),
      );
    }
    cuts.push(next.cut);
    left = { ...left, ...next.plan };
  }
  return { plan: left, cuts };
}

function cutOnce({ arms, sizes, seeds }: Cuttable): { plan: Partial<Cuttable>; cut: string } | undefined {
  const lastSeed = { plan: { seeds: seeds.slice(0, -1) }, cut: `seed ${seeds.at(-1)}` };
  if (seeds.length > SOME_SEEDS) return lastSeed;
  if (arms.length > 2) return { plan: { arms: arms.slice(0, -1) }, cut: `arm ${arms.at(-1)!.name}` };
  if (sizes.length > 1) return { plan: { sizes: sizes.slice(0, -1) }, cut: `size ${sizes.at(-1)}` };
  return seeds.length > 1 ? lastSeed : undefined;
}
