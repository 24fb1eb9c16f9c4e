import { defineOp, groupsFor } from "./contract.ts";
import { realTypes } from "./reals.ts";
import backward from "./crf_backward.wgsl" with { type: "text" };
import backwardScores from "./crf_backward_scores.wgsl" with { type: "text" };
import chain from "./crf_chain.wgsl" with { type: "text" };
import forward from "./crf.wgsl" with { type: "text" };
import lossSource from "./crf_loss.wgsl" with { type: "text" };
import reduce from "./reduce.wgsl" with { type: "text" };

/**
 * A score of transitions, of starts and of ends that is this or less forbids them: no path goes there, and
 * the gradient is exactly 0. Saved as float16 it stays what it is.
 */
export const FORBIDDEN = -1e4;

const uniforms = {
  rows: "u32",
  tags: "u32",
  sequences: "u32",
  /** Factor of the loss: 1 / (number of labelled rows) makes it one a word. */
  scale: "f32",
} as const;

const emissions = { dtype: "f32", shape: ["rows", "tags"], access: "read" } as const;
const labels = { dtype: "i32", shape: ["rows"], access: "read" } as const;
const cuRows = { dtype: "u32", shape: ["sequences+1"], access: "read" } as const;
const scores = { dtype: "f32", shape: ["tags+2", "tags"] } as const;
const alphas = { dtype: "f32", shape: ["rows", 2, "tags"] } as const;
const ends = { dtype: "f32", shape: ["sequences", 3] } as const;

/**
 * Negative log-likelihood of a linear-chain CRF (Lafferty, McCallum and Pereira 2001) over packed sequences:
 * `loss[0] += scale * sum (log Z - log Z of the labels)`.
 *
 * A path scores its emissions, its transitions `scores[i, j]` from tag i to tag j, the start `scores[tags]`
 * of its first tag and the end `scores[tags + 1]` of its last one; see {@linkcode FORBIDDEN}. Z sums over all
 * paths, Z of the labels over those that agree with them. A row whose label is negative agrees with every
 * tag, so it is latent: it is summed over in both. A sequence without rows, and one whose labels no path has,
 * counts nothing and has no gradient.
 *
 * `alphas` are for {@linkcode crfBackward}: of all paths, then of those with the labels, the log of the sum
 * over what leads to a tag, less the largest of the row before in each step. `ends` are, for each sequence,
 * the log of the sum over the last row's in both, and its loss, which is -1 where it counts nothing.
 */
export const crf = defineOp({
  buffers: {
    emissions,
    labels,
    cuRows,
    scores: { ...scores, access: "read" },
    alphas: { ...alphas, access: "write" },
    ends: { ...ends, access: "write" },
    loss: { dtype: "f32", shape: [1], access: "readWrite" },
  },
  uniforms,
  constants: [],
  passes: ({ uniforms: { sequences } }) => [
    {
      name: "crf",
      source: () => chain + forward,
      bindings: ["emissions", "labels", "cuRows", "scores", "alphas", "ends"],
      workgroups: sequences,
    },
    {
      name: "crf_loss",
      source: () => reduce + lossSource,
      bindings: ["ends:read", "loss"],
      workgroups: 1,
    },
  ],
});

/**
 * Gradients of {@linkcode crf}: `dEmissions` are the tags' marginal probabilities among all paths less those
 * among the paths with the labels, and `dScores` adds to what was there the sums of the same over
 * transitions, starts and ends. With `scaling` of `gradientClip` both are `scaling[0]` times that.
 */
export const crfBackward = defineOp({
  buffers: {
    emissions,
    labels,
    cuRows,
    scores: { ...scores, access: "read" },
    alphas: { ...alphas, access: "read" },
    dEmissions: { dtype: "real", shape: ["rows", "tags"], access: "write" },
    dScores: { ...scores, access: "readWrite" },
    scaling: { dtype: "f32", shape: [3], access: "read", optional: true },
  },
  uniforms,
  constants: [],
  // Of a row and chain: a number a tag, and the two by which its probabilities are normalised.
  scratch: ({ uniforms: { rows, tags } }) => ({ betas: rows * 2 * (tags + 2) }),
  passes: (call) => {
    const { uniforms: { sequences, tags } } = call;
    const constants = { hasScaling: Number(call.has("scaling")) };
    return [
      {
        name: "crf_backward",
        source: () => realTypes(call) + chain + backward,
        bindings: ["emissions", "labels", "cuRows", "scores", "alphas", "betas", "dEmissions", "scaling"],
        constants,
        workgroups: sequences,
      },
      {
        name: "crf_backward_scores",
        source: () => chain + backwardScores,
        bindings: ["emissions", "labels", "cuRows", "scores", "alphas", "betas:read", "dScores", "scaling"],
        constants,
        workgroups: groupsFor((tags + 2) * tags, 64),
      },
    ];
  },
});
