import { linearRegression, linearRegressionLine } from "simple-statistics";

/** A line through measured points, by least squares. */
export interface Fit {
  /** Milliseconds for each unit more. */
  readonly slope: number;
  /** Milliseconds at none. */
  readonly intercept: number;
  /** Milliseconds of the line at each point. */
  readonly fitted: readonly number[];
  /** The largest distance of a point from the line, as a share of the line there. */
  readonly largestDeviation: number;
}

/**
 * Fits `intercept + slope x` to times.
 *
 * @param points `x` and milliseconds, at least two different `x`
 */
export function fitLine(points: readonly (readonly [x: number, milliseconds: number])[]): Fit {
  const { m: slope, b: intercept } = linearRegression(points.map(([x, time]) => [x, time]));
  const fitted = points.map(([x]) => linearRegressionLine({ m: slope, b: intercept })(x));
  const deviations = points.map(([, time], i) => Math.abs(time / fitted[i] - 1));
  return { slope, intercept, fitted, largestDeviation: Math.max(...deviations) };
}
