import type { Parameters } from "../../kernels/reference/proof.ts";
import type { Arrays, Case, WideArrays } from "../../kernels/reference/proof.ts";
import {
  derivativeTolerance,
  halfDerivativeTolerance,
  halfTolerance,
  statisticsOfHalves,
  tolerances,
} from "../../kernels/reference/tolerances.ts";
import { ops } from "../../kernels/mod.ts";
import type { OpDeclaration, ParametersOf } from "../../kernels/contract.ts";
import { Random } from "../random/random.ts";
import { dtypeOf } from "./call.ts";
import type { Device, View } from "./device.ts";

/** How far one output of a case is from the float64 reference. */
interface Deviation {
  readonly output: string;
  /** Relative L2 error; NaN where the device returned something that is no number. */
  readonly error: number;
  readonly allowed: number;
}

/** Inputs up to this size are proved by the full Jacobian, larger ones by seeded directions. */
const FULL_JACOBIAN = 24;
const DIRECTIONS = 3;
const STEP = 1e-4;

/** Runs a case of the shape table on a device and compares every stated output with the reference. */
export async function runCase(device: Device, proof: Case): Promise<Deviation[]> {
  const found = await compute(device, proof);
  const wide = widen({ ...proof.derivative?.inputs, ...proof.buffers });
  const halves = Object.values(proof.buffers).some((data) => data instanceof Float16Array);
  const deviations: Deviation[] = [];
  for (const [output, expected] of Object.entries(proof.expected?.(wide) ?? {})) {
    const rounded = found[output] instanceof Float16Array || halves && statisticsOfHalves.has(proof.op);
    const allowed = rounded ? halfTolerance : tolerances[proof.op];
    deviations.push({ output, error: relativeError(found[output], expected), allowed });
  }
  const { derivative } = proof;
  for (const [output, input] of Object.entries(derivative?.gradients ?? {})) {
    const gradient = Float64Array.from(found[output]);
    if (derivative!.accumulated?.includes(output)) wide[output].forEach((before, i) => gradient[i] -= before);
    deviations.push({
      output,
      error: derivativeError(derivative!.of, wide, input, gradient),
      allowed: halves ? halfDerivativeTolerance(proof.op) : derivativeTolerance,
    });
  }
  return deviations;
}

/** Uploads the buffers, runs the op and reads back what it wrote. */
async function compute(device: Device, { op, buffers, parameters }: Case): Promise<Arrays> {
  const declaration: OpDeclaration = ops[op];
  const views: Record<string, View> = {};
  for (const [name, data] of Object.entries(buffers)) {
    views[name] = device.allocate(dtypeOf(data), data.length, `${op} ${name}`);
    device.upload(views[name], data);
  }
  device.dispatch(op, views as never, parameters as ParametersOf<OpDeclaration> & Parameters as never);
  const found: Arrays = {};
  for (const [name, view] of Object.entries(views)) {
    if (declaration.buffers[name].access !== "read") found[name] = await device.read(view);
    device.free(view);
  }
  return found;
}

function widen(arrays: Arrays): WideArrays {
  return Object.fromEntries(
    Object.entries(arrays).map((
      [name, data],
    ) => [
      name,
      data instanceof Float32Array || data instanceof Float16Array ? Float64Array.from(data) : data,
    ]),
  );
}

/**
 * `|found - expected| / |expected|` in the L2 norm; the plain norm of the difference where nothing is
 * expected.
 */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (found[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference) / (Math.sqrt(norm) || 1);
}

/**
 * Compares a gradient with central differences of a float64 function, element by element or along directions.
 */
function derivativeError(
  of: (buffers: WideArrays) => number,
  buffers: WideArrays,
  input: string,
  gradient: Float64Array,
): number {
  const at = (direction: Float64Array, step: number) =>
    of({ ...buffers, [input]: Float64Array.from(buffers[input], (value, i) => value + step * direction[i]) });
  const slope = (direction: Float64Array) => (at(direction, STEP) - at(direction, -STEP)) / (2 * STEP);
  const size = buffers[input].length;
  if (size <= FULL_JACOBIAN) {
    const expected = Array.from({ length: size }, (_, i) => slope(unit(size, i)));
    return relativeError(gradient, expected);
  }
  // A direction of random signs sees every element with the same weight; errors are measured against the
  // gradient's own norm, because the slope along one direction can be small by chance.
  const norm = Math.hypot(...gradient) || 1;
  let worst = 0;
  for (let d = 0; d < DIRECTIONS; d++) {
    const random = new Random(d, "direction");
    const direction = Float64Array.from({ length: size }, () => random.uniform() < 0.5 ? -1 : 1);
    const found = gradient.reduce((sum, value, i) => sum + value * direction[i], 0);
    const error = Math.abs(found - slope(direction)) / norm;
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

function unit(size: number, at: number): Float64Array {
  const vector = new Float64Array(size);
  vector[at] = 1;
  return vector;
}
