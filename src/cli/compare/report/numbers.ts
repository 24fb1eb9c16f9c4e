/** Numbers as the report shows them. */

import type { Interval } from "../../../evaluation/significance.ts";
import type { Measure } from "../../../study/measures.ts";
import { formatCount } from "../../frame/format.ts";

/** A share in per cent or points: `40.63`. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : (100 * share).toFixed(2);
}

/** A difference of shares in points: `+1.20`. */
export function points(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : `${share < 0 ? "−" : "+"}${percent(Math.abs(share))}`;
}

/** A number with three significant digits, or a whole one with its thousands apart. */
export function digits(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const text = Math.abs(value) >= 1000
    ? formatCount(Math.round(value))
    : String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}

/** The value of a measure. */
export function measured(value: number | undefined, { scale }: Pick<Measure, "scale">): string {
  return scale === "share" ? percent(value) : digits(value);
}

/** The change of a measure. */
export function changed(value: number, { scale }: Pick<Measure, "scale">): string {
  if (scale === "share") return points(value);
  if (scale === "ratio") return `× ${value.toFixed(3)}`;
  return `${value < 0 ? "−" : "+"}${digits(Math.abs(value))}`;
}

/** An interval of changes. */
export function range(interval: Interval | null, show: (value: number) => string): string {
  return interval === null ? "unbounded" : `${show(interval.low)} to ${show(interval.high)}`;
}
