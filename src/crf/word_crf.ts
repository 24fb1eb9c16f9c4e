import { OptionError } from "../errors.ts";
import { type ChainWeights, legalChain, type Scores, viterbi } from "./linear_chain.ts";
import { EDGE, WINDOW, type WordTraits, wordTraits } from "./word_features.ts";

/** Places from which a word is seen: itself and those beside it, from the left. */
export const DISTANCES = 2 * WINDOW + 1;

/** What a CRF of word features has learnt. */
export interface WordCrfParts {
  /** The tags, `O`, `B-X` and `I-X`. */
  readonly labels: readonly string[];
  /** What words show that has a weight. */
  readonly traits: readonly string[];
  /** The row of each trait at each distance, -WINDOW first, `[traits, DISTANCES]`; -1 where it has none. */
  readonly rows: Int32Array;
  /** What a feature, a trait at a distance, gives each tag, `[rows, labels]`. */
  readonly weights: Float32Array;
  /**
   * Score of a tag, the column, after another, `[labels, labels]`; what IOB2 forbids is forbidden whatever it
   * says.
   */
  readonly transitions: Float32Array;
}

/** Words of which what they give is kept, so that text without end takes no memory without end. */
const KEPT_WORDS = 50_000;

/**
 * A linear-chain CRF whose emissions are sums of weights of word features ({@linkcode wordTraits}): the
 * tagger that was common before encoders (McCallum and Li 2003), which learns in seconds what small letters,
 * capitals and affixes tell.
 */
export class WordCrf {
  readonly parts: WordCrfParts;
  /** Its transitions, and how it starts: legally. */
  readonly chain: ChainWeights;
  readonly #traits: ReadonlyMap<string, number>;
  /** What a word gives to the tags of the words that see it, `[DISTANCES, labels]`. */
  readonly #given = new Map<string, Float64Array>();
  readonly #edge: Float64Array;

  /** @throws {OptionError} for sizes that do not fit each other */
  constructor(parts: WordCrfParts) {
    const { labels, traits, rows, weights, transitions } = parts;
    const rowCount = weights.length / labels.length;
    const fits = rows.length === traits.length * DISTANCES && Number.isInteger(rowCount) &&
      transitions.length === labels.length ** 2 && rows.every((row) => row >= -1 && row < rowCount);
    if (!fits) {
      throw new OptionError(
        `Expected rows [${traits.length}, ${DISTANCES}] of weights [rows, ${labels.length}] and transitions ` +
          `[${labels.length}, ${labels.length}] but found ${rows.length}, ${weights.length} and ` +
          `${transitions.length} numbers, or a row that is not there`,
      );
    }
    this.parts = parts;
    this.chain = learntChain(legalChain(labels), transitions);
    this.#traits = new Map(traits.map((trait, i) => [trait, i]));
    this.#edge = this.#give(EDGE);
  }

  /** Score of each tag at each word of a sentence, `[words, labels]`. */
  emissions(words: readonly string[]): Float64Array {
    const tags = this.parts.labels.length;
    const given = words.map((word) => this.#givenBy(word));
    const emissions = new Float64Array(words.length * tags);
    for (let word = 0; word < words.length; word++) {
      for (let distance = -WINDOW; distance <= WINDOW; distance++) {
        const at = word + distance;
        if (at < -1 || at > words.length) continue;
        const from = given[at] ?? this.#edge;
        const row = (distance + WINDOW) * tags;
        for (let tag = 0; tag < tags; tag++) emissions[word * tags + tag] += from[row + tag];
      }
    }
    return emissions;
  }

  /** The tags of a sentence. */
  tag(words: readonly string[]): string[] {
    const path = viterbi({ ...this.chain, emissions: this.emissions(words) });
    return Array.from(path, (tag) => this.parts.labels[tag]);
  }

  #givenBy(word: string): Float64Array {
    const known = this.#given.get(word);
    if (known) return known;
    if (this.#given.size >= KEPT_WORDS) this.#given.clear();
    const given = this.#give(wordTraits(word));
    this.#given.set(word, given);
    return given;
  }

  #give(traits: WordTraits): Float64Array {
    const { labels, rows, weights } = this.parts;
    const given = new Float64Array(DISTANCES * labels.length);
    visitFeatures(traits, (trait, distance) => {
      const row = rows[(this.#traits.get(trait) ?? NaN) * DISTANCES + distance] ?? -1;
      if (row < 0) return;
      for (let tag = 0; tag < labels.length; tag++) {
        given[distance * labels.length + tag] += weights[row * labels.length + tag];
      }
    });
    return given;
  }
}

/** A chain by whose rules words are tagged, with what was learnt of its transitions, `[labels, labels]`. */
export function learntChain(legal: ChainWeights, transitions: Scores): ChainWeights {
  return { ...legal, transitions: Float64Array.from(legal.transitions, (rule, i) => rule + transitions[i]) };
}

/** Calls `visit` with each trait of a word at each distance, from 0 for -WINDOW, from which it is seen. */
export function visitFeatures(traits: WordTraits, visit: (trait: string, distance: number) => void): void {
  for (const [reach, seen] of traits.entries()) {
    for (const trait of seen) {
      for (let distance = WINDOW - reach; distance <= WINDOW + reach; distance++) visit(trait, distance);
    }
  }
}
