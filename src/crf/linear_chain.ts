/**
 * The mathematics of a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001), in
 * float64.
 *
 * A path gives each word of a sentence a tag. Its score is the sum of what its tags get at their words, of
 * its transitions, and of how it starts and ends; its probability is `exp(score - logPartition)`. A score of
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

/**
 * Transitions as factors, exponentials relative to their highest, for each direction: what all sentences
 * share.
 */
export interface Factors {
  readonly forward: ColumnFactors;
  readonly backward: ColumnFactors;
}

interface ColumnFactors {
  /** What they are made of, `[tags, tags]`. */
  readonly matrix: Scores;
  /** `exp(matrix - highest of the column)`, `[tags, tags]`. */
  readonly values: Float64Array;
  /** The highest score of each column, `[tags]`. */
  readonly highest: Float64Array;
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

/** Computes factors once for many sentences, which saves half of the time where there are many. */
export function factorsOf({ transitions, start }: ChainWeights): Factors {
  const size = start.length;
  const transposed = transitions.map((_, i) => transitions[(i % size) * size + Math.floor(i / size)]);
  return { forward: columnFactors(transitions, size), backward: columnFactors(transposed, size) };
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
export function logPartition(chain: Chain, factors = factorsOf(chain)): number {
  return partitionOf(chain, forwardScores(chain, factors));
}

/**
 * For each word and tag the logarithm of the sum over the paths that end there, `[words, tags]`, that word's
 * own emission included.
 */
export function forwardScores(chain: Chain, factors = factorsOf(chain)): Float64Array {
  const { emissions, start } = chain;
  const tags = start.length;
  const forward = new Float64Array(emissions.length);
  if (forward.length === 0) return forward;
  const weights = new Float64Array(tags);
  for (let tag = 0; tag < tags; tag++) forward[tag] = start[tag] + emissions[tag];
  for (let row = tags; row < forward.length; row += tags) {
    logProduct(forward, row - tags, factors.forward, weights);
    for (let tag = 0; tag < tags; tag++) forward[row + tag] = weights[tag] + emissions[row + tag];
  }
  return forward;
}

/**
 * For each word and tag the logarithm of the sum over the ways to go on from there to the end,
 * `[words, tags]`, that word's own emission left out.
 */
export function backwardScores(chain: Chain, factors = factorsOf(chain)): Float64Array {
  const { emissions, start, end } = chain;
  const tags = start.length;
  const backward = new Float64Array(emissions.length);
  if (backward.length === 0) return backward;
  const [next, sums] = [new Float64Array(tags), new Float64Array(tags)];
  let row = backward.length - tags;
  backward.set(end, row);
  for (; row > 0; row -= tags) {
    for (let tag = 0; tag < tags; tag++) next[tag] = backward[row + tag] + emissions[row + tag];
    logProduct(next, 0, factors.backward, sums);
    backward.set(sums, row - tags);
  }
  return backward;
}

/**
 * The probability of every tag at every word, and of every two tags that follow each other.
 *
 * @throws {OptionError} if every path is forbidden
 */
export function marginals(chain: Chain, factors = factorsOf(chain)): Marginals {
  const { emissions, transitions, start } = chain;
  const [words, tags] = [wordsOf(chain), start.length];
  const forward = forwardScores(chain, factors);
  const backward = backwardScores(chain, factors);
  const logZ = partitionOf(chain, forward);
  if (logZ === -Infinity) throw new OptionError("Expected a path that is not forbidden but found none");
  const unary = new Float64Array(words * tags);
  for (let i = 0; i < unary.length; i++) unary[i] = Math.exp(forward[i] + backward[i] - logZ);
  const pairwise = new Float64Array(Math.max(0, words - 1) * tags * tags);
  if (words < 2) return { logPartition: logZ, unary, pairwise };
  const { values, highest } = factors.forward;
  const [before, after] = [new Float64Array(tags), new Float64Array(tags)];
  for (let word = 0, at = 0; word < words - 1; word++) {
    const [row, next] = [word * tags, (word + 1) * tags];
    const largest = highestOf(forward, row, tags);
    for (let i = 0; i < tags; i++) {
      before[i] = Math.exp(forward[row + i] - largest);
      after[i] = Math.exp(emissions[next + i] + backward[next + i] + highest[i] + largest - logZ);
    }
    for (let i = 0; i < tags; i++) {
      for (let j = 0; j < tags; j++, at++) {
        pairwise[at] = after[j] <= LARGEST_FACTOR ? before[i] * values[i * tags + j] * after[j] : Math.exp(
          forward[row + i] + transitions[i * tags + j] + emissions[next + j] + backward[next + j] - logZ,
        );
      }
    }
  }
  return { logPartition: logZ, unary, pairwise };
}

/**
 * The path with the highest score, `[words]` (Viterbi 1967). Of equal ones that whose last tag stands first,
 * and so on from right to left.
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
 * The rules of IOB2 as scores, 0 for what is allowed and minus infinity for what is not: `I-X` stands after
 * `B-X` or `I-X` alone, and never first.
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

function partitionOf({ end, start }: Chain, forward: Float64Array): number {
  if (forward.length === 0) return 0;
  return logSumExp(forward.slice(-start.length).map((score, tag) => score + end[tag]));
}

/** `log sum exp(scores)`; minus infinity of none and where all are. */
export function logSumExp(scores: Float64Array): number {
  const highest = highestOf(scores, 0, scores.length);
  if (highest === -Infinity) return highest;
  return highest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - highest), 0));
}

function highestOf(scores: Float64Array, from: number, count: number): number {
  let highest = -Infinity;
  for (let i = from; i < from + count; i++) if (scores[i] > highest) highest = scores[i];
  return highest;
}

/** Below it a sum has lost digits. */
const SMALLEST_SUM = 1e-280;
/** Above it a factor meets others that have lost digits. */
const LARGEST_FACTOR = 1e280;

/**
 * A row of scores times a matrix of them, where sums are `log(exp + exp)`: `out[j] = log sum_i
 * exp(scores[from + i] + matrix[i, j])`. As the matrix is exponentiated once, a row costs as many
 * exponentials as there are tags, not their square.
 */
function logProduct(
  scores: Float64Array,
  from: number,
  { matrix, values, highest }: ColumnFactors,
  out: Float64Array,
): void {
  const size = highest.length;
  const largest = highestOf(scores, from, size);
  if (largest === -Infinity) {
    out.fill(-Infinity);
    return;
  }
  out.fill(0);
  for (let i = 0; i < size; i++) {
    const weight = Math.exp(scores[from + i] - largest);
    if (weight === 0) continue;
    for (let j = 0; j < size; j++) out[j] += weight * values[i * size + j];
  }
  for (let j = 0; j < size; j++) {
    // The largest terms of a small sum lie in rows far below the largest score: summed relative to
    // themselves.
    out[j] = out[j] >= SMALLEST_SUM
      ? largest + highest[j] + Math.log(out[j])
      : logSumExp(Float64Array.from({ length: size }, (_, i) => scores[from + i] + matrix[i * size + j]));
  }
}

function columnFactors(matrix: Scores, size: number): ColumnFactors {
  const highest = new Float64Array(size).fill(-Infinity);
  for (let i = 0; i < matrix.length; i++) highest[i % size] = Math.max(highest[i % size], matrix[i]);
  const values = Float64Array.from(
    matrix,
    (score, i) => score === -Infinity ? 0 : Math.exp(score - highest[i % size]),
  );
  return { matrix, values, highest };
}
