/** A smooth function: its value at a point; writes its gradient there into the second array. */
export type Smooth = (point: Float64Array, gradient: Float64Array) => Promise<number>;

/** When a minimum is found well enough, and what is added to the function. */
export interface OwlQnOptions {
  /** What `|x|_1` is weighted by. */
  readonly l1: number;
  /** Ends after so many steps. */
  readonly maxIterations: number;
  /** Ends when the value fell by less than this share of it over the last `PERIOD` steps. */
  readonly tolerance: number;
}

/** A point, and how it was found. */
export interface Minimum {
  readonly point: Float64Array;
  /** The function and its L1 term there. */
  readonly value: number;
  readonly iterations: number;
}

/** Steps whose curvature is remembered. */
const MEMORY = 6;
const PERIOD = 10;
/** A gradient so small, relative to the point, is none. */
const SMALLEST_GRADIENT = 1e-5;
/** The share of the decrease that the gradient promises, and how often a step is halved for want of it. */
const ARMIJO = 1e-4;
const HALVINGS = 40;

/**
 * Minimises a smooth convex function plus `l1` times the sum of the absolute values of its arguments, by
 * OWL-QN: L-BFGS within an orthant at a time, whose border a step does not cross (Andrew and Gao 2007,
 * Scalable training of L1-regularized log-linear models). With `l1` 0 it is L-BFGS with halved steps. The
 * same function gives the same point.
 *
 * @param start where to begin; it is left as it is
 */
export async function owlQn(
  smooth: Smooth,
  start: Float64Array,
  { l1, maxIterations, tolerance }: OwlQnOptions,
): Promise<Minimum> {
  const size = start.length;
  let point = start.slice();
  let gradient = new Float64Array(size);
  let value = await smooth(point, gradient) + l1 * norm1(point);
  const history: { step: Float64Array; change: Float64Array; product: number }[] = [];
  const values = [value];
  let iterations = 0;
  let next = new Float64Array(size);
  let nextGradient = new Float64Array(size);
  while (iterations < maxIterations) {
    const slope = pseudoGradient(point, gradient, l1);
    if (Math.sqrt(dot(slope, slope)) <= SMALLEST_GRADIENT * Math.max(1, Math.sqrt(dot(point, point)))) break;
    const direction = newtonDirection(slope, history);
    if (l1 > 0) { for (let i = 0; i < size; i++) if (direction[i] * slope[i] >= 0) direction[i] = 0; }
    let length = history.length === 0 ? 1 / Math.sqrt(dot(slope, slope)) : 1;
    let nextValue = Infinity;
    let enough = false;
    for (let tries = 0; tries < HALVINGS && !enough; tries++, length /= 2) {
      let promised = 0;
      for (let i = 0; i < size; i++) {
        let moved = point[i] + length * direction[i];
        const side = point[i] !== 0 ? point[i] : -slope[i];
        if (l1 > 0 && moved * side <= 0) moved = 0;
        next[i] = moved;
        promised += slope[i] * (moved - point[i]);
      }
      nextValue = await smooth(next, nextGradient) + l1 * norm1(next);
      enough = nextValue <= value + ARMIJO * promised;
    }
    // Rounding leaves nothing to gain.
    if (!enough) break;
    const step = new Float64Array(size);
    const change = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      step[i] = next[i] - point[i];
      change[i] = nextGradient[i] - gradient[i];
    }
    const product = dot(step, change);
    if (product > 0) history.push({ step, change, product });
    if (history.length > MEMORY) history.shift();
    [point, next] = [next, point];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = nextValue;
    iterations++;
    values.push(value);
    const before = values.at(-1 - PERIOD);
    if (before !== undefined && before - value < tolerance * Math.abs(value)) break;
  }
  return { point, value, iterations };
}

/** The steepest of all slopes at a point where the L1 term has a kink: 0 where none leads down. */
function pseudoGradient(point: Float64Array, gradient: Float64Array, l1: number): Float64Array {
  return gradient.map((slope, i) => {
    if (point[i] !== 0) return slope + l1 * Math.sign(point[i]);
    return slope < -l1 ? slope + l1 : slope > l1 ? slope - l1 : 0;
  });
}

/** Minus the slope times the inverse Hessian that the last steps tell of (Nocedal 1980). */
function newtonDirection(
  slope: Float64Array,
  history: readonly { step: Float64Array; change: Float64Array; product: number }[],
): Float64Array {
  const direction = slope.map((value) => -value);
  const last = history.at(-1);
  if (!last) return direction;
  const weights = history.map(() => 0);
  for (let k = history.length - 1; k >= 0; k--) {
    const { step, change, product } = history[k];
    weights[k] = dot(step, direction) / product;
    add(direction, change, -weights[k]);
  }
  const scale = last.product / dot(last.change, last.change);
  for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  for (const [k, { step, change, product }] of history.entries()) {
    add(direction, step, weights[k] - dot(change, direction) / product);
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let i = 0; i < to.length; i++) to[i] += times * what[i];
}

function norm1(point: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < point.length; i++) sum += Math.abs(point[i]);
  return sum;
}
