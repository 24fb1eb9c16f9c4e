/**
 * The numbers by which an arm is compared with its control, each read off one tested run.
 *
 * @module
 */

import type { LengthGroup } from "../evaluation/entities.ts";
import type { TestedRun } from "./pairs.ts";
import { type EntityCounts, f1Of, type RecallCounts, type TestCounts, totalCounts } from "./counts.ts";

/** One number of a run. */
export interface Measure {
  /** What it is, for tables and sentences. */
  readonly label: string;
  /** How arm and control are compared: by the difference of shares (0 to 1) or words, or by the quotient. */
  readonly scale: "share" | "words" | "ratio";
  /** Its value; undefined where the run has none. */
  of(run: TestedRun): number | undefined;
}

const share = (part: number, whole: number) => whole === 0 ? undefined : part / whole;
const recall = ({ gold, correct }: RecallCounts) => share(correct, gold);
const f1 = (counts: EntityCounts) => counts.gold + counts.predicted === 0 ? undefined : f1Of(counts);
const errorsOf = ({ errors }: TestCounts) =>
  Object.values(errors).reduce((sum, count) => sum + count, 0) - errors.correct;

function meanLength(histogram: readonly number[]): number | undefined {
  const entities = histogram.reduce((sum, count) => sum + count, 0);
  return share(histogram.reduce((sum, count, i) => sum + (i + 1) * count, 0), entities);
}

function byTest(label: string, of: (test: TestCounts) => number | undefined): Measure {
  return { label, scale: "share", of: ({ test }) => of(test) };
}

function byCost(label: string, of: (cost: TestedRun["cost"]) => number): Measure {
  return { label, scale: "ratio", of: ({ cost }) => of(cost) > 0 ? of(cost) : undefined };
}

function byLength(group: LengthGroup): Measure {
  return byTest(
    `F1 of names of ${group} word${group === "1" ? "" : "s"}`,
    ({ lengths }) => f1(lengths[group]),
  );
}

/** All of them, by name. */
export const MEASURES = {
  secondsPerStep: byCost("seconds a step", (cost) => cost.secondsPerStep),
  secondsToBest: byCost("seconds to the best dev score", (cost) => cost.secondsToBest),
  tokensToBest: byCost("tokens to the best dev score", (cost) => cost.tokensToBest),
  peakBytes: byCost("peak memory", (cost) => cost.peakBytes),
  trainable: byCost("trained parameters", (cost) => cost.parameters.trainable),
  recovery: byTest(
    "masked subwords recovered",
    ({ recovery }) => "absent" in recovery ? undefined : share(recovery.correct, recovery.total),
  ),
  f1: byTest("strict F1", (test) => f1Of(totalCounts(test))),
  boundaryShare: byTest(
    "share of boundary errors",
    (test) => share(test.errors.tooShort + test.errors.tooLong + test.errors.shifted, errorsOf(test)),
  ),
  missed: byTest("missed of the gold names", (test) => share(test.errors.missed, totalCounts(test).gold)),
  invented: byTest(
    "invented of the predicted names",
    (test) => share(test.errors.invented, totalCounts(test).predicted),
  ),
  unseenRecall: byTest("recall of names not seen in training", ({ names }) => recall(names.unseen)),
  longRecall: byTest("recall of names of 3 and more words", ({ names }) => recall(names.long)),
  contextF1: byTest(
    "F1 with the names masked",
    ({ context }) => "absent" in context ? undefined : f1(context),
  ),
  f1Length1: byLength("1"),
  f1Length2: byLength("2"),
  f1Length3: byLength("3"),
  f1Length4: byLength("4+"),
  lengthBias: {
    label: "mean length of predicted minus gold names",
    scale: "words",
    of: ({ test: { lengthHistogram: { gold, predicted } } }) => {
      const [found, wanted] = [meanLength(predicted), meanLength(gold)];
      return found === undefined || wanted === undefined ? undefined : found - wanted;
    },
  },
} satisfies Record<string, Measure>;

/** The name of a measure. */
export type MeasureName = keyof typeof MEASURES;
