import { Random } from "../../src/random/random.ts";
import { FORBIDDEN } from "../crf.ts";
import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** What stands for a sum over nothing in `alphas`, which are f32 without infinities. */
const NEVER = -1e30;

/**
 * Loss, alphas and ends of packed sequences, by the forward algorithm in float64: once over all paths, once
 * over those that agree with the labels.
 */
export function crf({ emissions, labels, cuRows, scores, loss }: WideArrays, parameters: Parameters) {
  const { rows, tags, sequences, scale } = parameters;
  const alphas = new Float64Array(rows * 2 * tags);
  const ends = new Float64Array(sequences * 3);
  let sum = 0;
  for (let s = 0; s < sequences; s++) {
    ends[s * 3 + 2] = -1;
    const [begin, end] = [cuRows[s], cuRows[s + 1]];
    if (begin === end) continue;
    const [all, labelled] = [0, 1].map((chain) => {
      const { rows: ofChain, shifts, last } = forward({ emissions, labels, scores }, {
        ...{ tags, begin, end, labelled: chain === 1 },
      });
      ofChain.forEach((row, t) => {
        alphas.set(row.map((alpha) => Math.max(alpha, NEVER)), ((begin + t) * 2 + chain) * tags);
      });
      return { last, total: last + shifts };
    });
    if (labelled.last === -Infinity) continue;
    ends.set([all.last, labelled.last, all.total - labelled.total], s * 3);
    sum += all.total - labelled.total;
  }
  return { alphas, ends, loss: [(loss?.[0] ?? 0) + scale * sum] };
}

/** The alphas of a sequence, the sum of what was taken off them, and the log of the sum over the last row. */
function forward(
  { emissions, labels, scores }: WideArrays,
  { tags, begin, end, labelled }: { tags: number; begin: number; end: number; labelled: boolean },
) {
  const score = (row: number, tag: number) => {
    const value = scores[row * tags + tag];
    return value <= FORBIDDEN ? -Infinity : value;
  };
  const rows: number[][] = [];
  let shifts = 0;
  for (let row = begin; row < end; row++) {
    const before = rows.at(-1);
    const largest = Math.max(...before ?? [0]);
    const shift = largest === -Infinity ? 0 : largest;
    shifts += shift;
    rows.push(Array.from({ length: tags }, (_, tag) => {
      if (labelled && labels[row] >= 0 && labels[row] !== tag) return -Infinity;
      const reached = before
        ? logSumExp(before.map((alpha, i) => alpha - shift + score(i, tag)))
        : score(tags, tag);
      return reached + emissions[row * tags + tag];
    }));
  }
  return { rows, shifts, last: logSumExp(rows.at(-1)!.map((alpha, tag) => alpha + score(tags + 1, tag))) };
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values);
  if (largest === -Infinity) return largest;
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

interface Form {
  readonly label: string;
  readonly lengths: readonly number[];
  readonly tags: number;
  /** Spread of emissions. Default 1. */
  readonly spread?: number;
  /** Every so many rows have no label. Default none. */
  readonly latent?: number;
  /** Whether some transitions, starts and ends are forbidden, and the labels keep clear of them. */
  readonly forbidden?: boolean;
  /** Whether the labels of the second sequence are on no path. */
  readonly impossible?: boolean;
}

const forms: readonly Form[] = [
  { label: "one row", lengths: [1], tags: 3 },
  { label: "one tag", lengths: [4], tags: 1 },
  { label: "two short ones", lengths: [2, 3], tags: 2 },
  { label: "some without rows", lengths: [0, 5, 0, 7, 0], tags: 5 },
  { label: "latent rows", lengths: [5, 1, 6], tags: 4, latent: 2 },
  { label: "latent rows throughout", lengths: [4, 3], tags: 3, latent: 1 },
  { label: "forbidden", lengths: [9, 4], tags: 5, forbidden: true },
  { label: "forbidden, latent rows", lengths: [9, 14], tags: 7, forbidden: true, latent: 3 },
  { label: "labels on no path", lengths: [6, 5, 7], tags: 5, forbidden: true, impossible: true },
  { label: "emissions whose exponentials overflow", lengths: [7, 6], tags: 9, spread: 60, forbidden: true },
  { label: "a long one", lengths: [300, 3], tags: 9, forbidden: true },
  { label: "many", lengths: Array.from({ length: 40 }, (_, i) => i % 7), tags: 9, forbidden: true },
  { label: "many tags", lengths: [6, 3], tags: 131, forbidden: true, latent: 4 },
];

/**
 * What both ops read. Where some are forbidden, the second half of the tags is never entered from the first,
 * nor started with.
 */
function inputsOf({ lengths, tags, spread = 1, latent, forbidden, impossible }: Form) {
  const random = new Random(5, "chain", tags, lengths.length);
  const rows = lengths.reduce((sum, length) => sum + length, 0);
  const half = Math.ceil(tags / 2);
  let row = 0;
  const cuRows = Uint32Array.from([0, ...lengths], (length) => row += length);
  const scores = normal(3, (tags + 2) * tags);
  if (forbidden) {
    // A difference may not lift it where labels stand on it.
    const never = impossible ? 2 * FORBIDDEN : FORBIDDEN;
    for (let i = 0; i <= tags; i++) {
      // Transitions from the first half, and starts.
      if (i < half || i === tags) scores.fill(never, i * tags + half, (i + 1) * tags);
    }
    scores[(tags + 1) * tags] = 2 * FORBIDDEN;
  }
  // Ends with tag 0 are forbidden, too.
  const labels = Int32Array.from(
    { length: rows },
    () => forbidden ? 1 + random.integer(half - 1) : random.integer(tags),
  );
  if (latent) labels.forEach((_, row) => row % latent === 0 && (labels[row] = -100));
  if (impossible) labels[cuRows[1] + 2] = tags - 1;
  const parameters = { rows, tags, sequences: lengths.length, scale: 1 / rows };
  return {
    parameters,
    buffers: { emissions: normal(1, rows * tags, { scale: spread }), labels, cuRows, scores },
  };
}

/** Sequences of no, one and many rows, with latent rows, forbidden transitions and labels on no path. */
export function crfCases(): Case[] {
  return forms.map((form): Case => {
    const { parameters, buffers } = inputsOf(form);
    const { rows, tags, sequences } = parameters;
    return {
      op: "crf",
      label: form.label,
      parameters,
      buffers: {
        ...buffers,
        alphas: garbage(rows * 2 * tags),
        ends: garbage(sequences * 3),
        loss: Float32Array.of(0.75),
      },
      expected: (wide) => {
        const { ends, loss } = crf(wide, parameters);
        return { ends, loss };
      },
    };
  });
}

/** The derivative of the loss, plain and of a scaled loss. */
export function crfBackwardCases(): Case[] {
  return forms.flatMap((form) => [0, 8].map((scaling) => ({ form, scaling }))).map(
    ({ form, scaling }): Case => {
      const { parameters, buffers } = inputsOf(form);
      const { rows, tags } = parameters;
      const wide = {
        ...buffers,
        emissions: Float64Array.from(buffers.emissions),
        scores: Float64Array.from(buffers.scores),
      };
      const scale = parameters.scale * (scaling || 1);
      return {
        op: "crfBackward",
        label: `${form.label}${scaling ? `, ${scaling} times` : ""}`,
        parameters,
        buffers: {
          ...buffers,
          alphas: Float32Array.from(crf(wide, parameters).alphas),
          dEmissions: garbage(rows * tags),
          dScores: normal(4, (tags + 2) * tags),
          ...(scaling && { scaling: Float32Array.of(scaling, 5, 6) }),
        },
        derivative: {
          of: (inputs) => crf(inputs, { ...parameters, scale }).loss[0],
          gradients: { dEmissions: "emissions", dScores: "scores" },
          accumulated: ["dScores"],
        },
      };
    },
  );
}
