import { attention } from "../../kernels/reference/attention.ts";
import { matmul } from "../../kernels/reference/matmul.ts";
import type { WideArrays } from "../../kernels/reference/proof.ts";
import { softmax } from "../../kernels/reference/softmax.ts";
import { NO_DROPOUT } from "../../src/random/philox.ts";
import type { AttentionCase, PeerCase } from "./peer_cases.ts";
import { inputsOf, sampledIndexes } from "./work.mjs";

/** Elements of a contender's arrays, by name: those that bench/peers/work.mjs samples. */
export type Samples = Readonly<Record<string, readonly number[]>>;

/**
 * Largest relative L2 error of what a contender computed in float32, in whatever order and with whatever
 * exponential; a product that was left out, or a mask that was forgotten, is off by far more.
 */
const TOLERANCE = 1e-4;
/** Step of the central differences, in float64. */
const STEP = 1e-4;
/**
 * Of the sampled elements of a gradient only every so many are derived: each costs two forward passes of a
 * head.
 */
const STRIDE = 10;

/** What our attention wants besides its tensors. */
export function attentionInputs(
  { lengths, heads, headSize }: Omit<AttentionCase, "name" | "op" | "backward">,
) {
  let start = 0;
  const bounds = lengths.flatMap((length) => {
    const own = [start, start += length];
    return Array.from({ length }, () => own).flat();
  });
  const hidden = heads * headSize;
  return {
    bounds: Uint32Array.from(bounds),
    parameters: { tokens: start, heads, headSize, hidden, scale: headSize ** -0.5, window: 0, ...NO_DROPOUT },
  };
}

/**
 * The values of a case at the sampled places, by the float64 reference; gradients as its central differences.
 */
export function expectedSamples(work: PeerCase): Samples {
  const inputs: Record<string, Float32Array> = inputsOf(work);
  const wide = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => [name, Float64Array.from(data)]),
  );
  switch (work.op) {
    case "matmul":
      return { c: sampled(matmul(wide, { ...work, accumulate: 0 } as never).c) };
    case "softmax":
      return { y: sampled(softmax(wide, work as never).y) };
    case "attention": {
      const { bounds, parameters } = attentionInputs(work);
      const { out } = attention({ ...wide, bounds: Float64Array.from(bounds) }, parameters);
      return { out: sampled(out), ...(work.backward && sampledGradients(work, wide)) };
    }
  }
}

/**
 * Says what is wrong with what a contender computed, or nothing.
 *
 * @param found the arrays that it gives; it need not give all
 */
export function faultIn(found: Samples, expected: Samples): string | undefined {
  const names = Object.keys(found);
  if (names.length === 0) return "computed nothing";
  for (const name of names) {
    const error = relativeError(found[name], expected[name] ?? []);
    if (!(error <= TOLERANCE)) return `${name} is wrong: relative error ${error.toExponential(1)}`;
  }
}

/**
 * `|found - expected| / |expected|` over what is expected, which is all or every so many; infinite if lengths
 * do not fit.
 */
function relativeError(found: readonly number[], expected: readonly number[]): number {
  const stride = found.length / expected.length;
  if (!Number.isInteger(stride)) return Infinity;
  return Math.hypot(...expected.map((value, i) => found[i * stride] - value)) / Math.hypot(...expected);
}

function sampled(data: ArrayLike<number>): number[] {
  return sampledIndexes(data.length).map((i) => data[i]);
}

/** Derivatives of sum(dOut * out) by single elements: only one head of one sequence depends on each. */
function sampledGradients(work: AttentionCase, inputs: WideArrays): Samples {
  const { lengths, heads, headSize } = work;
  const hidden = heads * headSize;
  const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length));
  const derivative = (name: string, at: number) => {
    const [row, column] = [Math.floor(at / hidden), at % hidden];
    const sequence = ends.findIndex((end) => row < end);
    const length = lengths[sequence];
    const first = ends[sequence] - length;
    const head = Math.floor(column / headSize);
    const slice = (data: ArrayLike<number>) =>
      Float64Array.from(
        { length: length * headSize },
        (_, i) => data[(first + Math.floor(i / headSize)) * hidden + head * headSize + i % headSize],
      );
    const one = Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, slice(data)]));
    const { bounds, parameters } = attentionInputs({ lengths: [length], heads: 1, headSize });
    const loss = (step: number) => {
      const moved = one[name].slice();
      moved[(row - first) * headSize + column % headSize] += step;
      const { out } = attention({ ...one, [name]: moved, bounds: Float64Array.from(bounds) }, parameters);
      return out.reduce((sum, value, i) => sum + value * one.dOut[i], 0);
    };
    return (loss(STEP) - loss(-STEP)) / (2 * STEP);
  };
  const tokens = ends.at(-1)!;
  return Object.fromEntries(
    ["query", "key", "value"].map((name) => [
      `d${name[0].toUpperCase()}${name.slice(1)}`,
      sampledIndexes(tokens * hidden).filter((_, i) => i % STRIDE === 0).map((at) => derivative(name, at)),
    ]),
  );
}
