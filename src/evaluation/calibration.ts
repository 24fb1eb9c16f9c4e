/**
 * How far scores are from how often what has them is right, and the temperature that brings them nearer.
 *
 * @module
 */

/** How well a tagger's entity scores are calibrated. Plain data, ready for JSON. */
export interface Calibration {
  /** What all scores are divided by, as fitted on dev; 1 leaves them. */
  readonly temperature: number;
  /** Expected calibration error of the found entities' scores without it, 0 to 1; 0 where none was found. */
  readonly before: number;
  /** The same with it. */
  readonly after: number;
}

/** Something with a score, and whether it is right. */
export interface Scored {
  /** 0 to 1 */
  readonly score: number;
  readonly correct: boolean;
}

/** Bins of equal width, as in the paper. */
const BINS = 10;

/**
 * The expected calibration error (Guo et al. 2017, arXiv:1706.04599): the mean, over bins of equal width and
 * weighted by what is in them, of the distance between the mean score and the share that is right; 0 where
 * there is nothing.
 */
export function expectedCalibrationError(all: readonly Scored[]): number {
  const binOf = ({ score }: Scored) => Math.min(BINS - 1, Math.floor(score * BINS));
  let error = 0;
  for (const own of Map.groupBy(all, binOf).values()) {
    const surplus = own.reduce((sum, { score, correct }) => sum + score - Number(correct), 0);
    error += Math.abs(surplus);
  }
  return all.length === 0 ? 0 : error / all.length;
}

/** Temperatures among which the best one is looked for: few sentences must not make scores of 0 and 1. */
const [COLDEST, HOTTEST] = [0.25, 8];
/** Steps of the search, each of which leaves 0.618 of the range: to a thousandth. */
const STEPS = 18;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature with the lowest loss, to three digits, by golden-section search over its logarithm. Minus
 * the log-likelihood of a chain is convex in the inverse of the temperature, so there is one lowest place.
 */
export async function fitTemperature(loss: (temperature: number) => Promise<number>): Promise<number> {
  let [low, high] = [Math.log(COLDEST), Math.log(HOTTEST)];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [ofLeft, ofRight] = [await loss(Math.exp(left)), await loss(Math.exp(right))];
  for (let step = 0; step < STEPS; step++) {
    if (ofLeft <= ofRight) {
      [high, right, ofRight] = [right, left, ofLeft];
      left = high - GOLDEN * (high - low);
      ofLeft = await loss(Math.exp(left));
    } else {
      [low, left, ofLeft] = [left, right, ofRight];
      right = low + GOLDEN * (high - low);
      ofRight = await loss(Math.exp(right));
    }
  }
  return Number(Math.exp((low + high) / 2).toPrecision(3));
}
