/** What verdicts say in words. */

import { type MeasureName, MEASURES } from "./measures.ts";
import type { Status } from "./decide.ts";
import type { Effect, Slice } from "./outcomes.ts";

/** The verdict as a sentence, with its numbers in `words`. */
export function sentence(
  status: Status,
  words: string,
  { slice, differences = 0, against = "a change worth having is ruled out" }: {
    readonly slice: Slice;
    readonly differences: number | undefined;
    /** What "not supported" says. */
    readonly against?: string;
  },
): string {
  const where = slice.size === null ? "over all sizes" : `at ${slice.size} sentences`;
  const based = `${differences} independent differences from ${slice.pairs} pairs of runs`;
  if (status === "supported") return `Supported ${where}: ${words} (${based}).`;
  if (status === "not supported") {
    return `Not supported ${where}: ${against}; ${words} (${based}).`;
  }
  if (differences === 0) return `Cannot tell ${where}: ${words}.`;
  const why = differences < 6
    ? "fewer than six independent differences cannot show anything at the 5 % level"
    : "the intervals hold both no change and one worth having, or the test does not agree";
  return `Cannot tell ${where}, because ${why}; ${words} (${based}).`;
}

/** The change of strict F1 with both its intervals. */
export function describeF1({ effects: { f1 }, f1Bootstrap: { low, high } }: Slice): string {
  if (f1 === undefined) return "no pair of runs";
  return `${describe("f1", f1)}; over sentences and seeds ${points(low)} to ${points(high)}`;
}

/** The change of a measure with its interval. */
export function describe(measure: MeasureName, { arm, control, change, interval }: Effect): string {
  const { label, scale } = MEASURES[measure];
  const show = scale === "ratio" ? times : scale === "share" ? points : round;
  const value = scale === "share" ? (x: number) => (100 * x).toFixed(1) : scale === "ratio" ? compact : round;
  const range = interval === null ? "unbounded" : `${show(interval.low)} to ${show(interval.high)}`;
  return `${label} ${value(arm)} against ${value(control)}, ${show(change)} (95 %: ${range})`;
}

const points = (share: number) => `${share >= 0 ? "+" : "-"}${Math.abs(100 * share).toFixed(1)}`;
const times = (ratio: number) => `x ${ratio.toFixed(2)}`;
/** A number with two digits. */
export const round = (value: number) => String(Number(value.toPrecision(2)));
const compact = (value: number) =>
  new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
