/**
 * The verdicts of the study, by rules that were fixed before there were results.
 *
 * | Claim | Measure                                              | Worth having |
 * | ----- | ---------------------------------------------------- | ------------ |
 * | 1     | seconds and tokens to the best dev score, both less  | 10 %         |
 * | 2     | masked subwords recovered, more                      | 1 point      |
 * | 3     | strict F1, more                                      | 1 point      |
 * | 3     | strict F1 at the largest size, not less              | -1 point: the whole interval lies above it |
 * | 3     | boundary share less; unseen, long, context more      | 2 points     |
 * | 4     | trained parameters and peak memory, both less        | 5 %          |
 * | 5     | F1 of 1 word less, and predicted names longer        | 1 point, 0.05 words |
 *
 * - **supported**: the whole 95 % interval lies on the claim's side of no change, and p < 0.05.
 * - **not supported**: the whole interval lies below what is worth having.
 * - **cannot tell**: all else, too few runs included.
 *
 * p is two-sided from the sign-flip test over seeds x data sets. F1 also needs the bootstrap interval over
 * sentences and seeds, for either verdict. What is looked at is corrected: F1 over all sizes comes first
 * (Holm over the arms); single sizes are Holm-corrected and cannot be supported unless F1 over all sizes is
 * (serial gatekeeping: any false "supported" has at most the level of the first test); the four ways in which
 * F1 might rise are Holm-corrected among each other. Two measures of one claim need no correction, since both
 * have to agree. Memory and parameters are measured, not sampled: they need no p.
 *
 * @module
 */

import { holm, type Interval } from "../evaluation/significance.ts";
import { decide, type Evidence, type Status } from "./decide.ts";
import { type MeasureName, MEASURES } from "./measures.ts";
import { describe, describeF1, round, sentence } from "./verdict_text.ts";
import { type Effect, isOverall, type Outcomes, type Slice } from "./outcomes.ts";

/** One claim and what the runs say of it. Plain JSON. */
export interface Verdict {
  /** The outcome, 1 to 5. */
  readonly outcome: 1 | 2 | 3 | 4 | 5;
  /** The claim, a sentence. */
  readonly claim: string;
  /** The arm of which it is said. */
  readonly arm: string;
  /** The training size; null for all. */
  readonly size: number | null;
  readonly status: Status;
  /** The verdict in plain words with its numbers. */
  readonly text: string;
}

/**
 * Which way a measure has to move, and how far it is worth having: points (0 to 1), words, or a share of the
 * control.
 */
interface Rule {
  readonly measure: MeasureName;
  readonly direction: 1 | -1;
  readonly worth: number;
  /** Measured, not sampled. */
  readonly exact?: boolean;
}

interface Claim {
  readonly outcome: Verdict["outcome"];
  readonly claim: string;
  /** All of them have to hold. */
  readonly rules: readonly Rule[];
}

const CLAIMS: readonly Claim[] = [
  {
    outcome: 1,
    claim: "It needs less training time.",
    rules: [
      { measure: "secondsToBest", direction: -1, worth: 0.1 },
      { measure: "tokensToBest", direction: -1, worth: 0.1 },
    ],
  },
  {
    outcome: 2,
    claim:
      "It generates better: an encoder generates nothing, the nearest is that it recovers more masked subwords.",
    rules: [{ measure: "recovery", direction: 1, worth: 0.01 }],
  },
  {
    outcome: 4,
    claim: "It needs less memory and fewer parameters.",
    rules: [
      { measure: "trainable", direction: -1, worth: 0.05, exact: true },
      { measure: "peakBytes", direction: -1, worth: 0.05, exact: true },
    ],
  },
  {
    outcome: 5,
    claim: "It favours longer names at the cost of short ones.",
    rules: [
      { measure: "f1Length1", direction: -1, worth: 0.01 },
      { measure: "lengthBias", direction: 1, worth: 0.05 },
    ],
  },
];

/** The main claim, the first of outcome 3. */
export const F1_CLAIM = "It raises strict F1.";
const F1_WORTH = 0.01;

/** What somebody with more data asks, and what is decided by the intervals at the largest size alone. */
const NO_LOSS_CLAIM = "It loses no strict F1 where there are most sentences.";

/** The ways in which F1 might rise, corrected among each other. */
const MECHANISMS: readonly Claim[] = [
  mechanism("Fewer of its errors are boundary errors.", "boundaryShare", -1),
  mechanism("It finds more names not seen in training.", "unseenRecall"),
  mechanism("It finds more names of 3 and more words.", "longRecall"),
  mechanism("It makes more of the context: F1 with the names masked.", "contextF1"),
];

function mechanism(claim: string, measure: MeasureName, direction: 1 | -1 = 1): Claim {
  return { outcome: 3, claim, rules: [{ measure, direction, worth: 0.02 }] };
}

/**
 * The verdicts on one or more arms, each against its control; arms are all that were looked at to make a
 * claim, so that the first test can be corrected for them. Outcomes 1, 2, 4, 5 and the mechanisms are judged
 * over all sizes.
 */
export function verdictsOf(arms: readonly Outcomes[]): Verdict[] {
  const overall = arms.map(({ slices }) => slices.find(isOverall));
  const adjusted = holm(overall.map((slice) => slice?.effects.f1?.p ?? 1));
  return arms.flatMap((outcomes, i) => {
    const whole = overall[i];
    const { arm } = outcomes;
    if (whole === undefined) {
      const main = [F1_CLAIM, NO_LOSS_CLAIM].map((claim) => ({ outcome: 3 as const, claim }));
      return [...main, ...MECHANISMS, ...CLAIMS].map(({ outcome, claim }) => ({
        outcome,
        claim,
        arm,
        size: null,
        status: "cannot tell" as const,
        text: `Cannot tell: ${arm} and ${outcomes.control} have no tested runs in common.`,
      }));
    }
    const ways = MECHANISMS.map(({ rules: [{ measure }] }) => whole.effects[measure]?.p ?? 1);
    const corrected = holm(ways);
    return [
      ...CLAIMS.filter(({ outcome }) => outcome < 3).map((claim) => judge(claim, whole, { arm })),
      ...f1Verdicts(outcomes, whole, adjusted[i]),
      noLossVerdict(outcomes),
      ...MECHANISMS.map((claim, n) => judge(claim, whole, { arm, p: corrected[n] })),
      ...CLAIMS.filter(({ outcome }) => outcome > 3).map((claim) => judge(claim, whole, { arm })),
    ];
  });
}

/** F1 over all sizes, then at each size, where that is another question. */
function f1Verdicts({ arm, slices }: Outcomes, whole: Slice, wholeP: number): Verdict[] {
  const all = slicesBySize(slices);
  const sizes = all.length > 1 ? all : [];
  const corrected = holm(sizes.map(({ effects }) => effects.f1?.p ?? 1));
  const looked = [
    { slice: whole, p: wholeP },
    ...sizes.map((slice, i) => ({
      slice,
      p: Math.max(wholeP, corrected[i]),
    })),
  ];
  // The gate is the whole first verdict, its bootstrap interval included.
  const gate = decideF1(whole, wholeP) === "supported";
  return looked.map(({ slice, p }) => {
    const found = decideF1(slice, p);
    const status = found === "supported" && !gate ? "cannot tell" : found;
    const words = `${describeF1(slice)}; p = ${round(p)}`;
    const text = sentence(status, words, { slice, differences: slice.effects.f1?.differences });
    return { outcome: 3, claim: F1_CLAIM, arm, size: slice.size, status, text };
  });
}

/** A loss smaller than what a gain has to be to be worth having is none; the intervals decide alone. */
function noLossVerdict({ arm, slices }: Outcomes): Verdict {
  const slice = slicesBySize(slices).reduce((most, other) => other.size > most.size ? other : most);
  const { effects: { f1: effect }, f1Bootstrap } = slice;
  const above = ({ low, high }: Interval) => ({ low: low + F1_WORTH, high: high + F1_WORTH });
  const intervals = [effect?.interval ?? null, f1Bootstrap].map((interval) => interval && above(interval));
  const status = decide({ intervals, p: 0, worth: F1_WORTH });
  const text = sentence(status, describeF1(slice), {
    slice,
    differences: effect?.differences,
    against: "it falls",
  });
  return { outcome: 3, claim: NO_LOSS_CLAIM, arm, size: slice.size, status, text };
}

/** What came out at each size, over all data sets. */
function slicesBySize(slices: readonly Slice[]): (Slice & { readonly size: number })[] {
  return slices.filter((slice): slice is Slice & { readonly size: number } =>
    slice.dataset === null && slice.size !== null
  );
}

function decideF1({ effects: { f1 }, f1Bootstrap }: Slice, p: number): Status {
  if (f1 === undefined) return "cannot tell";
  return decide({ intervals: [f1.interval, f1Bootstrap], p, worth: F1_WORTH });
}

/** All rules of a claim together. */
function judge(
  { outcome, claim, rules }: Claim,
  slice: Slice,
  { arm, p }: { readonly arm: string; readonly p?: number },
): Verdict {
  const found = rules.map((rule) => {
    const effect = slice.effects[rule.measure];
    return effect === undefined ? "cannot tell" : decide(evidenceOf(effect, rule, p));
  });
  const status = found.every((one) => one === "supported")
    ? "supported"
    : found.includes("not supported")
    ? "not supported"
    : "cannot tell";
  const effects = rules.map(({ measure }) => slice.effects[measure]);
  const words = rules.map(({ measure, exact }, i) => {
    const effect = effects[i];
    if (effect === undefined) {
      return `${MEASURES[measure].label}: measured in no pair of runs, the table of runs says why`;
    }
    return describe(measure, effect) + (exact ? "" : `, p = ${round(p ?? effect.p)}`);
  });
  const differences = Math.min(...effects.map((effect) => effect?.differences ?? 0));
  return {
    outcome,
    claim,
    arm,
    size: slice.size,
    status,
    text: sentence(status, words.join("; "), { slice, differences }),
  };
}

function evidenceOf(effect: Effect, { measure, direction, worth, exact }: Rule, p?: number): Evidence {
  const ratio = MEASURES[measure].scale === "ratio";
  const scale = (value: number) => direction * (ratio ? Math.log(value) : value);
  const interval = exact ? { low: effect.change, high: effect.change } : effect.interval;
  const ends = interval && [scale(interval.low), scale(interval.high)];
  return {
    intervals: [ends && { low: Math.min(...ends), high: Math.max(...ends) }],
    p: exact ? 0 : p ?? effect.p,
    worth: ratio ? Math.abs(Math.log(1 + direction * worth)) : worth,
  };
}
