/**
 * From logits to tags, under the legal transitions of IOB2.
 *
 * @module
 */

import { legalChain, viterbi } from "../crf/linear_chain.ts";
import { CheckpointError, OptionError } from "../errors.ts";
import type { Entity } from "../data/entities.ts";

/** How `decode` chooses tags. */
export interface DecodeOptions {
  /** Only sequences in which `I-X` follows `B-X` or `I-X` (default); false takes the best tag of each word alone. */
  readonly legal?: boolean;
}

/** The tags of one sentence. */
export interface Tagged {
  /** One IOB2 tag a word, `[words]`. */
  readonly tags: string[];
  /** Probability of each of these tags, `[words]`. */
  readonly probabilities: Float64Array;
}

/** What a tagger's words on each tag at each word of a sentence, `[words, tags]`, come to. */
export interface TagDecoder {
  /** The tags of the sentence. */
  decode(logits: Float32Array): Tagged;
  /** The loss of its gold tags, summed over the words, in nats. */
  loss(logits: Float32Array, gold: readonly string[]): number;
}

/**
 * Decodes logits by {@linkcode decode}, with the softmax probabilities of the tags and their cross entropy.
 */
export function tagDecoder(labels: readonly string[], options: DecodeOptions = {}): TagDecoder {
  return {
    decode(logits) {
      const tags = decode(logits, labels, options);
      return { tags, probabilities: tagProbabilities(logits, labels, { decoded: tags }) };
    },
    loss: (logits, gold) => tagCrossEntropy(logits, labels, { gold }),
  };
}

/**
 * The best tag sequence of one sentence: logits `[words, tags]` in, one tag a word out.
 *
 * With `legal` (the default) this is the path of {@linkcode viterbi} on the sum of the logits, where a legal
 * transition costs nothing and an illegal one is forbidden; no transition scores are learned. A sum of logits ranks
 * sequences as a product of the softmax probabilities does, since each word's normaliser is the same for all of its
 * tags. Ties go to the tag that stands first in `tags`.
 *
 * @throws {OptionError} when `tags` is not an IOB2 tag set with which a sentence can begin, or the number of logits
 * is no multiple of the number of tags.
 * @throws {CheckpointError} when a logit is not finite.
 */
export function decode(
  logits: Float32Array,
  tags: readonly string[],
  { legal = true }: DecodeOptions = {},
): string[] {
  checkLogits(logits, tags);
  const path = legal ? bestLegal(logits, tags) : argmax(logits, tags.length);
  return Array.from(path, (tag) => tags[tag]);
}

/**
 * The softmax probability of the decoded tag at every word: logits `[words, tags]` in, `[words]` out, each in 0 to 1.
 *
 * @throws {OptionError} when `decoded` has not one tag of `tags` for each word, and as `decode` does.
 * @throws {CheckpointError} when a logit is not finite.
 */
export function tagProbabilities(
  logits: Float32Array,
  tags: readonly string[],
  { decoded }: { readonly decoded: readonly string[] },
): Float64Array {
  // Relative to the chosen tag: a sum that overflows to infinity gives 0, the right limit, never NaN.
  return Float64Array.from(
    rowsOf(logits, tags, { decoded }),
    ({ row, tag }) => 1 / row.reduce((sum, logit) => sum + Math.exp(logit - row[tag]), 0),
  );
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
 * The score of a predicted entity, 0 to 1: the mean over its words of the softmax probability that the model gave to
 * the word's decoded tag (`probabilities` `[words]`, from `tagProbabilities`). It ranks predictions by confidence; it
 * is not calibrated, and not the probability that the whole entity is right.
 *
 * @throws {OptionError} when the entity does not lie within the words.
 */
export function entityScore(probabilities: Float64Array, entity: Entity): number {
  const { start, end } = entity;
  if (!(start >= 0 && start < end && end <= probabilities.length)) {
    throw new OptionError(
      `Expected an entity within ${probabilities.length} words but found words ${start} to ${end}`,
    );
  }
  const own = probabilities.subarray(start, end);
  return own.reduce((sum, probability) => sum + probability, 0) / own.length;
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

function checkLogits(logits: Float32Array, tags: readonly string[]): void {
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

/** The index of the best tag at each word. */
function argmax(logits: Float32Array, tagCount: number): Uint32Array {
  return Uint32Array.from({ length: logits.length / tagCount }, (_, word) => {
    const row = logits.subarray(word * tagCount, (word + 1) * tagCount);
    return best(row);
  });
}

/** The indices of the best legal path. */
function bestLegal(logits: Float32Array, tags: readonly string[]): Uint32Array {
  const legal = legalChain(tags);
  if (legal.start.every((score) => score === -Infinity)) {
    throw new OptionError(
      "Expected O or a B- tag in the tag set but found I- tags only: no sentence can begin",
    );
  }
  return viterbi({ ...legal, emissions: logits });
}

/** The index of the largest value, the first one in a tie. */
function best(values: Float32Array): number {
  let index = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[index]) index = i;
  return index;
}
