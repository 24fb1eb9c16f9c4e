/**
 * From logits to tags, and to how sure they are.
 *
 * @module
 */

import {
  type ChainWeights,
  type Factors,
  factorsOf,
  legalChain,
  logPartition,
  type Scores,
  viterbi,
} from "../crf/linear_chain.ts";
import { PathSums } from "../crf/path_sums.ts";
import { possibleLabels } from "../crf/possible_labels.ts";
import { entitiesOf } from "../data/entities.ts";
import { parseTag } from "../data/scheme.ts";
import { CheckpointError, OptionError } from "../errors.ts";

/** How sentences are decoded. */
export interface DecodeOptions {
  /**
   * Only sequences in which `I-X` follows `B-X` or `I-X` (default); false takes the best tag of each word
   * alone.
   */
  readonly legal?: boolean;
  /**
   * What all scores are divided by before probabilities come from them (Guo et al. 2017, arXiv:1706.04599):
   * above 1 they are less sure. Tags stay the same. Default that of the model, which was fitted on dev.
   */
  readonly temperature?: number;
}

/** The tags of one sentence. */
export interface Tagged {
  /** One IOB2 tag a word, `[words]`. */
  readonly tags: string[];
  /** Probability of each of these tags at its word, `[words]`. */
  readonly probabilities: Float64Array;
  /**
   * For each entity of these tags, from left to right, the probability that exactly it stands there: all of
   * its words, its type, and neither more nor less. Only `B-` opens an entity; a tag set that is not IOB2 has
   * none.
   */
  readonly entityScores: Float64Array;
}

/** What a tagger says of each tag at each word of a sentence, `[words, tags]`, and what follows from it. */
export interface TagDecoder {
  /** What paths score beside the logits. */
  readonly chain: ChainWeights;
  /** The tags of the sentence. */
  decode(logits: Float32Array): Tagged;
  /** The loss of its gold tags as training has it, summed over the words, in nats. */
  loss(logits: Float32Array, gold: readonly string[]): number;
  /** Minus the logarithm of the probability of the gold tags, all together, at a temperature. */
  surprise(logits: Float32Array, gold: readonly string[], temperature: number): number;
  /** {@linkcode Tagged.entityScores} of some tags at a temperature. */
  entityScores(logits: Float32Array, tags: readonly string[], temperature: number): Float64Array;
}

/**
 * Decodes logits by {@linkcode decode}; the loss is the cross entropy of each word. Probabilities are those
 * of the legal sequences, or of all where illegal ones are allowed.
 */
export function tagDecoder(labels: readonly string[], options: DecodeOptions = {}): TagDecoder {
  const { legal = true } = options;
  return {
    ...chainDecoder(labels, chainOf(labels, legal), options),
    loss: (logits, gold) => tagCrossEntropy(logits, labels, { gold }),
  };
}

/**
 * Decodes logits as the emissions of a linear chain whose other scores are known: the path with the highest
 * score, or where `legal` is false the most probable tag of each word. The loss is minus the logarithm of the
 * probability of the gold tags; one that the chain forbids counts as unknown.
 *
 * @throws {OptionError} for a temperature that is not above 0
 */
export function chainDecoder(
  labels: readonly string[],
  weights: ChainWeights,
  { legal = true, temperature: usual = 1 }: DecodeOptions = {},
): TagDecoder {
  if (!(usual > 0 && usual < Infinity)) {
    throw new OptionError(`Expected a temperature above 0 but found ${usual}`);
  }
  const tags = labels.length;
  const isIob2 = labels.every((label) => parseTag(label) !== undefined);
  const numberOf = new Map(labels.map((label, i) => [label, i]));
  const shared = new Map<number, { readonly weights: ChainWeights; readonly factors: Factors }>();
  const chainAt = (logits: Float32Array, temperature: number) => {
    let heated = shared.get(temperature);
    if (!heated) {
      const own = heat(weights, temperature);
      shared.set(temperature, heated = { weights: own, factors: factorsOf(own) });
    }
    const emissions = Float64Array.from(logits, (logit) => logit / temperature);
    return { chain: { ...heated.weights, emissions }, factors: heated.factors };
  };
  const sumsOf = (logits: Float32Array, temperature: number) => {
    const { chain, factors } = chainAt(logits, temperature);
    return new PathSums(chain, factors);
  };
  const scoresOf = (sums: PathSums, decoded: readonly string[]) =>
    Float64Array.from(isIob2 ? entitiesOf(decoded, "strict") : [], ({ type, start, end }) => {
      const inside = numberOf.get(`I-${type}`);
      const path = decoded.slice(start, end).map((tag) => numberOf.get(tag)!);
      return Math.min(1, sums.of({ start, path, notNext: inside }));
    });
  const surprise = (logits: Float32Array, gold: readonly string[], temperature: number) => {
    const { chain, factors } = chainAt(logits, temperature);
    const numbers = rowsOf(logits, labels, { gold }).map(({ tag }) => tag);
    const known = possibleLabels(numbers, { cuRows: [0, numbers.length], legal: weights });
    const emissions = chain.emissions.map((score, i) => {
      const label = known[Math.floor(i / tags)];
      return label < 0 || label === i % tags ? score : -Infinity;
    });
    const agreeing = logPartition({ ...chain, emissions }, factors);
    return agreeing === -Infinity ? 0 : Math.max(0, logPartition(chain, factors) - agreeing);
  };
  return {
    chain: weights,
    decode(logits) {
      checkLogits(logits, labels);
      const path = legal
        ? bestPath(logits, weights)
        : mostProbable(sumsOf(logits, 1), logits.length / tags, tags);
      const sums = sumsOf(logits, usual);
      const decoded = Array.from(path, (tag) => labels[tag]);
      return {
        tags: decoded,
        probabilities: Float64Array.from(path, (tag, word) => Math.min(1, sums.at(word, tag))),
        entityScores: scoresOf(sums, decoded),
      };
    },
    loss: (logits, gold) => surprise(logits, gold, 1),
    surprise,
    entityScores: (logits, decoded, temperature) => scoresOf(sumsOf(logits, temperature), decoded),
  };
}

/** All scores divided by a temperature. */
function heat({ transitions, start, end }: ChainWeights, temperature: number): ChainWeights {
  const divided = (scores: Scores) => Float64Array.from(scores, (score) => score / temperature);
  return { transitions: divided(transitions), start: divided(start), end: divided(end) };
}

/** The rules of IOB2, or a chain in which every tag may follow every other. */
function chainOf(labels: readonly string[], legal: boolean): ChainWeights {
  if (legal) return legalChain(labels);
  const { length: tags } = labels;
  const zeros = (length: number) => new Float64Array(length);
  return { start: zeros(tags), transitions: zeros(tags * tags), end: zeros(tags) };
}

/**
 * The best tag sequence of one sentence: logits `[words, tags]` in, one tag a word out.
 *
 * With `legal` (the default) this is the path of {@linkcode viterbi} on the sum of the logits, where a legal
 * transition costs nothing and an illegal one is forbidden; no transition scores are learned. A sum of logits
 * ranks sequences as a product of the softmax probabilities does, since each word's normaliser is the same
 * for all of its tags. Ties go to the tag that stands first in `tags`.
 *
 * @throws {OptionError} when `tags` is not an IOB2 tag set with which a sentence can begin, or the number of
 * logits is no multiple of the number of tags.
 * @throws {CheckpointError} when a logit is not finite.
 */
export function decode(
  logits: Float32Array,
  tags: readonly string[],
  { legal = true }: Pick<DecodeOptions, "legal"> = {},
): string[] {
  checkLogits(logits, tags);
  return Array.from(bestPath(logits, chainOf(tags, legal)), (tag) => tags[tag]);
}

/**
 * The cross entropy of the gold tags of one sentence, summed over its words, in nats: logits `[words, tags]`
 * in.
 *
 * @throws {OptionError} when `gold` has not one tag of `tags` for each word, and as `decode` does.
 * @throws {CheckpointError} when a logit is not finite.
 */
export function tagCrossEntropy(
  logits: Float32Array,
  tags: readonly string[],
  { gold }: { readonly gold: readonly string[] },
): number {
  return rowsOf(logits, tags, { gold }).reduce((sum, { row, tag }) => {
    const highest = row.reduce((a, b) => Math.max(a, b));
    const exponentials = row.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
    return sum + highest - row[tag] + Math.log(exponentials);
  }, 0);
}

/**
 * The logits of each word, `[words][tags]`, with the index of its tag in one list of tags, which `asked`
 * names.
 */
function rowsOf(
  logits: Float32Array,
  tags: readonly string[],
  asked: Readonly<Record<string, readonly string[]>>,
): { readonly row: Float32Array; readonly tag: number }[] {
  const [[name, list]] = Object.entries(asked);
  checkLogits(logits, tags);
  const words = logits.length / tags.length;
  if (list.length !== words) {
    throw new OptionError(`Expected ${words} ${name} tags, one for each word, but found ${list.length}`);
  }
  return list.map((asked, word) => {
    const tag = tags.indexOf(asked);
    if (tag < 0) throw new OptionError(`Expected a tag out of ${tags.join(", ")} but found ${asked}`);
    return { row: logits.subarray(word * tags.length, (word + 1) * tags.length), tag };
  });
}

export function checkLogits(logits: Float32Array, tags: readonly string[]): void {
  if (tags.length === 0) throw new OptionError("Expected at least one tag but found an empty tag set");
  if (logits.length % tags.length !== 0) {
    throw new OptionError(
      `Expected logits [words, ${tags.length}], a multiple of ${tags.length} numbers, but found ${logits.length}`,
    );
  }
  const bad = logits.findIndex((logit) => !Number.isFinite(logit));
  if (bad >= 0) {
    const word = Math.floor(bad / tags.length) + 1;
    throw new CheckpointError(
      `Expected finite logits but found ${logits[bad]} at word ${word}, tag ${tags[bad % tags.length]}: ` +
        "the weights are damaged or their training diverged, load an earlier checkpoint",
    );
  }
}

/** The most probable tag of each word, the first one in a tie. */
function mostProbable(sums: PathSums, words: number, tags: number): Uint32Array {
  return Uint32Array.from({ length: words }, (_, word) => {
    let best = 0;
    for (let tag = 1; tag < tags; tag++) if (sums.scoreAt(word, tag) > sums.scoreAt(word, best)) best = tag;
    return best;
  });
}

/** The path with the highest score. */
function bestPath(logits: Float32Array, weights: ChainWeights): Uint32Array {
  if (weights.start.every((score) => score === -Infinity)) {
    throw new OptionError(
      "Expected O or a B- tag in the tag set but found I- tags only: no sentence can begin",
    );
  }
  return viterbi({ ...weights, emissions: logits });
}
