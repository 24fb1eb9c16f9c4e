import type { Interval } from "../evaluation/significance.ts";

/** What can be said of a claim. */
export type Status = "supported" | "not supported" | "cannot tell";

/** What decides. */
export interface Evidence {
  /** Positive speaks for the claim. */
  readonly intervals: readonly (Interval | null)[];
  /** Corrected; 0 where no test is needed. */
  readonly p: number;
  /** The least change worth having. */
  readonly worth: number;
}

const LEVEL = 0.05;

/** The rule of src/study/verdicts.ts. */
export function decide({ intervals, p, worth }: Evidence): Status {
  if (intervals.some((interval) => interval === null)) return "cannot tell";
  const bounded = intervals as readonly Interval[];
  if (p < LEVEL && bounded.every(({ low }) => low > 0)) return "supported";
  if (bounded.every(({ high }) => high < worth)) return "not supported";
  return "cannot tell";
}
