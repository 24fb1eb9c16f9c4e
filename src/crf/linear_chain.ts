/**
 * The mathematics of a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001), in float64.
 *
 * A path gives each word of a sentence a tag. Its score is the sum of what its tags get at their words, of its
 * transitions, and of how it starts and ends; its probability is `exp(score - logPartition)`. A score of
 * minus infinity forbids what has it. No word has one path, of score 0.
 *
 * @module
 */

import { parseTag } from "../data/scheme.ts";
import { OptionError } from "../errors.ts";
import { quote } from "../json/quote.ts";

/** Row-major scores, each finite or minus infinity. */
export type Scores = Float32Array | Float64Array;

/** What does not depend on the words of a sentence. */
export interface ChainWeights {
  /** Score of a tag, the column, after another, the row: `[tags, tags]`. */
  readonly transitions: Scores;
  /** Score of each tag at the first word, `[tags]`. */
  readonly start: Scores;
  /** Score of each tag at the last word, `[tags]`. */
  readonly end: Scores;
}

/** The scores of a sentence. */
export interface Chain extends ChainWeights {
  /** Score of each tag at each word, `[words, tags]`. */
  readonly emissions: Scores;
}

/** How probable tags are, given a sentence. */
export interface Marginals {
  readonly logPartition: number;
  /** Probability of each tag at each word, `[words, tags]`. */
  readonly unary: Float64Array;
  /** Probability of each two tags at a word and the next, `[words - 1, tags, tags]`. */
  readonly pairwise: Float64Array;
}

/** Number of words of a sentence. */
export function wordsOf({ emissions, start }: Pick<Chain, "emissions" | "start">): number {
  return emissions.length / start.length;
}

/** The score of a path, one tag a word. */
export function pathScore({ emissions, transitions, start, end }: Chain, path: ArrayLike<number>): number {
  const [words, tags] = [path.length, start.length];
  if (words === 0) return 0;
  let score = start[path[0]] + end[path[words - 1]];
  for (let word = 0; word < words; word++) {
    score += emissions[word * tags + path[word]];
    if (word > 0) score += transitions[path[word - 1] * tags + path[word]];
  }
  return score;
}

/**
 * The logarithm of the sum of `exp(score)` over all paths; minus infinity where every path is forbidden. The
 * sum is relative to its largest terms at every word, so scores may be of any size.
 */
export function logPartition(chain: Chain): number {
  return partitionOf(chain, forwardScores(chain));
}

/**
 * For each word and tag the logarithm of the sum over the paths that end there, `[words, tags]`, that word's
 * own emission included.
 */
export function forwardScores({ emissions, transitions, start }: Chain): Float64Array {
  const tags = start.length;
  const forward = new Float64Array(emissions.length);
  const step = logProduct(transitions, tags);
  for (let tag = 0; tag < tags && tag < forward.length; tag++) forward[tag] = start[tag] + emissions[tag];
  for (let row = tags; row < forward.length; row += tags) {
    step(forward.subarray(row - tags, row), forward.subarray(row, row + tags));
    for (let i = row; i < row + tags; i++) forward[i] += emissions[i];
  }
  return forward;
}

/**
 * For each word and tag the logarithm of the sum over the ways to go on from there to the end,
 * `[words, tags]`, that word's own emission left out.
 */
export function backwardScores({ emissions, transitions, start, end }: Chain): Float64Array {
  const tags = start.length;
  const backward = new Float64Array(emissions.length);
  const step = logProduct(transposed(transitions, tags), tags);
  const next = new Float64Array(tags);
  for (let row = backward.length - tags; row >= 0; row -= tags) {
    const own = backward.subarray(row, row + tags);
    if (row + tags === backward.length) {
      own.set(end);
      continue;
    }
    for (let tag = 0; tag < tags; tag++) {
      next[tag] = backward[row + tags + tag] + emissions[row + tags + tag];
    }
    step(next, own);
  }
  return backward;
}

/**
 * The probability of every tag at every word, and of every two tags that follow each other.
 *
 * @throws {OptionError} if every path is forbidden
 */
export function marginals(chain: Chain): Marginals {
  const { emissions, transitions, start } = chain;
  const [words, tags] = [wordsOf(chain), start.length];
  const forward = forwardScores(chain);
  const backward = backwardScores(chain);
  const logZ = partitionOf(chain, forward);
  if (logZ === -Infinity) throw new OptionError("Expected a path that is not forbidden but found none");
  const unary = forward.map((score, i) => Math.exp(score + backward[i] - logZ));
  const pairwise = new Float64Array(Math.max(0, words - 1) * tags * tags);
  for (let word = 0, at = 0; word < words - 1; word++) {
    const next = (word + 1) * tags;
    for (let i = 0; i < tags; i++) {
      for (let j = 0; j < tags; j++, at++) {
        pairwise[at] = Math.exp(
          forward[word * tags + i] + transitions[i * tags + j] + emissions[next + j] + backward[next + j] -
            logZ,
        );
      }
    }
  }
  return { logPartition: logZ, unary, pairwise };
}

/**
 * The path with the highest score, `[words]` (Viterbi 1967). Of equal ones that whose last tag stands first, and so on
 * from right to left.
 *
 * @throws {OptionError} if every path is forbidden
 */
export function viterbi(chain: Chain): Uint32Array {
  const { emissions, transitions, start, end } = chain;
  const [words, tags] = [wordsOf(chain), start.length];
  const path = new Uint32Array(words);
  if (words === 0) return path;
  const from = new Uint32Array(words * tags);
  let reached = Float64Array.from(start, (score, tag) => score + emissions[tag]);
  for (let word = 1; word < words; word++) {
    const previous = reached;
    reached = new Float64Array(tags);
    for (let tag = 0; tag < tags; tag++) {
      let [best, highest] = [0, previous[0] + transitions[tag]];
      for (let before = 1; before < tags; before++) {
        const score = previous[before] + transitions[before * tags + tag];
        if (score > highest) [best, highest] = [before, score];
      }
      from[word * tags + tag] = best;
      reached[tag] = highest + emissions[word * tags + tag];
    }
  }
  const scores = reached.map((score, tag) => score + end[tag]);
  let tag = scores.reduce((best, score, tag) => score > scores[best] ? tag : best, 0);
  if (scores[tag] === -Infinity) {
    throw new OptionError("Expected a path that is not forbidden but found none");
  }
  for (let word = words - 1; word >= 0; word--) {
    path[word] = tag;
    tag = from[word * tags + tag];
  }
  return path;
}

/**
 * The rules of IOB2 as scores, 0 for what is allowed and minus infinity for what is not: `I-X` stands after `B-X` or `I-X`
 * alone, and never first.
 *
 * @throws {OptionError} for a tag that is not `O`, `B-TYPE` or `I-TYPE`
 */
export function legalChain(labels: readonly string[]): ChainWeights {
  const parts = labels.map((label) => {
    const parts = parseTag(label);
    if (parts !== undefined) return parts;
    throw new OptionError(
      `Expected a tag set of O, B-TYPE and I-TYPE but found ${quote(label)}: legal decoding knows IOB2 only`,
    );
  });
  const score = (allowed: boolean) => allowed ? 0 : -Infinity;
  return {
    start: Float64Array.from(parts, ({ prefix }) => score(prefix !== "I")),
    end: new Float64Array(labels.length),
    transitions: Float64Array.from(
      parts.flatMap((before) =>
        parts.map(({ prefix, type }) =>
          score(prefix !== "I" || before.prefix !== "O" && before.type === type)
        )
      ),
    ),
  };
}

function partitionOf({ end, start, emissions }: Chain, forward: Float64Array): number {
  if (emissions.length === 0) return 0;
  return logSumExp(forward.subarray(-start.length).map((score, tag) => score + end[tag]));
}

function logSumExp(scores: Float64Array): number {
  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  if (highest === -Infinity) return highest;
  return highest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - highest), 0));
}

/** Below it a sum has lost digits. */
const SMALLEST_SUM = 1e-280;

/**
 * The product of a row of scores with a matrix of them where sums are `log(exp + exp)`: `out[j] = log sum_i
 * exp(scores[i] + matrix[i, j])`. The matrix is exponentiated once, which leaves `size` exponentials a row
 * instead of `size` squared.
 */
function logProduct(matrix: Scores, size: number): (scores: Float64Array, out: Float64Array) => void {
  const highest = new Float64Array(size).fill(-Infinity); // of each column
  for (let i = 0; i < matrix.length; i++) highest[i % size] = Math.max(highest[i % size], matrix[i]);
  const factors = Float64Array.from(
    matrix,
    (score, i) => highest[i % size] === -Infinity ? 0 : Math.exp(score - highest[i % size]),
  );
  const weights = new Float64Array(size);
  const terms = new Float64Array(size);
  return (scores, out) => {
    let largest = -Infinity;
    for (let i = 0; i < size; i++) if (scores[i] > largest) largest = scores[i];
    if (largest === -Infinity) {
      out.fill(-Infinity);
      return;
    }
    out.fill(0);
    for (let i = 0; i < size; i++) weights[i] = Math.exp(scores[i] - largest);
    for (let i = 0; i < size; i++) {
      if (weights[i] === 0) continue;
      for (let j = 0; j < size; j++) out[j] += weights[i] * factors[i * size + j];
    }
    for (let j = 0; j < size; j++) {
      if (out[j] >= SMALLEST_SUM) {
        out[j] = largest + highest[j] + Math.log(out[j]);
        continue;
      }
      // Its largest terms lie in rows far below the largest score: summed relative to themselves.
      for (let i = 0; i < size; i++) terms[i] = scores[i] + matrix[i * size + j];
      out[j] = logSumExp(terms);
    }
  };
}

function transposed(matrix: Scores, size: number): Float64Array {
  return Float64Array.from(matrix, (_, i) => matrix[(i % size) * size + Math.floor(i / size)]);
}
