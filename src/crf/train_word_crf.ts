import { toIob2 } from "../data/scheme.ts";
import type { Sentence } from "../data/sentence.ts";
import { type ChainWeights, factorsOf, legalChain, marginals } from "./linear_chain.ts";
import { owlQn } from "./owl_qn.ts";
import { DISTANCES, learntChain, visitFeatures, WordCrf } from "./word_crf.ts";
import { EDGE, WINDOW, type WordTraits, wordTraits } from "./word_features.ts";

/** Weights of the absolute values and of the squares of all parameters: what CRFsuite's users begin with. */
const L1 = 0.1;
const L2 = 0.1;
/** Steps, and the share of the loss that ten of them have to save: more changed nothing on dev. */
const MAX_ITERATIONS = 100;
const TOLERANCE = 1e-5;

/** How a CRF of word features is trained. */
export interface WordCrfOptions {
  /** The tags, of which the sentences may lack some. */
  readonly labels: readonly string[];
  /** Awaited now and then, so that others have a turn; ends the training by throwing. */
  readonly pause?: () => Promise<void>;
}

/**
 * Trains a CRF of word features: the likelihood of all sentences, regularised by L1 and L2, is maximised by
 * {@linkcode owlQn} in float64. It is convex, so there is no rate and no seed, and the same sentences give
 * the same bits.
 *
 * A feature has a weight for each tag with which it occurs, as in CRFsuite (Okazaki 2007). What is returned
 * are the weights that are not 0, rounded to float32, as they are saved. A stray `I-` begins a mention here,
 * as no legal path has it.
 *
 * @throws {OptionError} for tags that are not IOB2
 */
export async function trainWordCrf(
  sentences: readonly Sentence[],
  { labels, pause = () => Promise.resolve() }: WordCrfOptions,
): Promise<WordCrf> {
  const problem = await Problem.of(sentences, { labels, pause });
  const { point } = await owlQn(
    (point, gradient) => problem.loss(point, gradient),
    new Float64Array(problem.size),
    { l1: L1, maxIterations: MAX_ITERATIONS, tolerance: TOLERANCE },
  );
  return problem.crf(point);
}

/** A sentence in numbers. */
interface Numbered {
  /**
   * The number of each word's form, between those of the WINDOW places at each edge, `[words + 2 WINDOW]`.
   */
  readonly forms: Int32Array;
  /** The number of each word's tag, `[words]`. */
  readonly gold: Int32Array;
}

/** The forms of places beyond the edge of a sentence: the first, which has a trait, and those behind it. */
const [BEYOND, NOTHING] = [0, 1];
const EDGE_FORMS = [BEYOND, ...new Array<number>(WINDOW - 1).fill(NOTHING)];

/**
 * The sentences as a function of parameters: the weights of pairs of a feature and a tag, those of a feature
 * side by side, and the transitions. Features are of forms, and a form stands at many places: so sums over
 * features are made once for each form and distance, and a place adds up as many sums as it sees words.
 */
class Problem {
  readonly #labels: readonly string[];
  readonly #legal: ChainWeights;
  readonly #pause: () => Promise<void>;
  readonly #sentences: Numbered[] = [];
  readonly #traits: WordTraits[] = [EDGE, []];
  /** How often a form is seen at a distance from a word with a tag, `[forms, DISTANCES, labels]`. */
  #occurrences = new Float64Array(0);
  /** The features of each form at each distance, one list after another, and where each list ends. */
  #features = new Int32Array(0);
  #ends = new Int32Array(0);
  /** The trait and the distance of each feature. */
  readonly #names: { readonly trait: string; readonly distance: number }[] = [];
  /** The first pair of each feature, and the end of the last. */
  #firstPairs = new Int32Array(0);
  /** The tag of each pair. */
  #pairTags = new Int32Array(0);
  /** How often each parameter occurs on the gold paths. */
  #counts = new Float64Array(0);

  private constructor({ labels, pause }: Required<WordCrfOptions>) {
    this.#labels = labels;
    this.#legal = legalChain(labels);
    this.#pause = pause;
  }

  static async of(sentences: readonly Sentence[], options: Required<WordCrfOptions>): Promise<Problem> {
    const problem = new Problem(options);
    await problem.#read(sentences);
    await problem.#listFeatures();
    await problem.#listPairs();
    return problem;
  }

  /** Number of parameters. */
  get size(): number {
    return this.#counts.length;
  }

  async #read(sentences: readonly Sentence[]): Promise<void> {
    const forms = new Map<string, number>();
    const tags = new Map(this.#labels.map((label, i) => [label, i]));
    for (const sentence of sentences) {
      await this.#pause();
      const own = sentence.words.map((word) => {
        const form = forms.get(word) ?? this.#traits.push(wordTraits(word)) - 1;
        forms.set(word, form);
        return form;
      });
      this.#sentences.push({
        forms: Int32Array.of(...EDGE_FORMS.toReversed(), ...own, ...EDGE_FORMS),
        gold: Int32Array.from(toIob2(sentence.tags, "IOB1"), (tag) => tags.get(tag)!),
      });
    }
    const tagCount = this.#labels.length;
    this.#occurrences = new Float64Array(this.#traits.length * DISTANCES * tagCount);
    for (const { forms, gold } of this.#sentences) {
      for (let word = 0; word < gold.length; word++) {
        for (let distance = 0; distance < DISTANCES; distance++) {
          this.#occurrences[(forms[word + distance] * DISTANCES + distance) * tagCount + gold[word]]++;
        }
      }
    }
  }

  async #listFeatures(): Promise<void> {
    const numbers = new Map<string, number>();
    const features: number[] = [];
    this.#ends = new Int32Array(this.#traits.length * DISTANCES);
    for (const [form, traits] of this.#traits.entries()) {
      await this.#pause();
      const own = Array.from({ length: DISTANCES }, (): number[] => []);
      visitFeatures(traits, (trait, distance) => {
        if (!this.#isSeen(form * DISTANCES + distance)) return;
        const name = `${distance} ${trait}`;
        const feature = numbers.get(name) ?? this.#names.push({ trait, distance }) - 1;
        numbers.set(name, feature);
        own[distance].push(feature);
      });
      for (const [distance, list] of own.entries()) {
        for (const feature of list) features.push(feature);
        this.#ends[form * DISTANCES + distance] = features.length;
      }
    }
    this.#features = Int32Array.from(features);
  }

  /** Whether a form occurs at a distance, given as one number. */
  #isSeen(place: number): boolean {
    const tagCount = this.#labels.length;
    for (let i = place * tagCount; i < (place + 1) * tagCount; i++) if (this.#occurrences[i] > 0) return true;
    return false;
  }

  async #listPairs(): Promise<void> {
    const tagCount = this.#labels.length;
    const counts = new Float64Array(this.#names.length * tagCount);
    for (let place = 0, i = 0; place < this.#ends.length; place++) {
      if (place % PLACES_A_TURN === 0) await this.#pause();
      for (; i < this.#ends[place]; i++) {
        const row = this.#features[i] * tagCount;
        for (let tag = 0; tag < tagCount; tag++) {
          counts[row + tag] += this.#occurrences[place * tagCount + tag];
        }
      }
    }
    const pairs: number[] = [];
    this.#firstPairs = new Int32Array(this.#names.length + 1);
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] > 0) pairs.push(i);
      this.#firstPairs[Math.floor(i / tagCount) + 1] = pairs.length;
    }
    this.#pairTags = Int32Array.from(pairs, (i) => i % tagCount);
    this.#counts = new Float64Array(pairs.length + tagCount ** 2);
    for (const [pair, i] of pairs.entries()) this.#counts[pair] = counts[i];
    for (const { gold } of this.#sentences) {
      for (let word = 1; word < gold.length; word++) {
        this.#counts[pairs.length + gold[word - 1] * tagCount + gold[word]]++;
      }
    }
  }

  /** Minus the logarithm of the likelihood, with the L2 term; writes its gradient. */
  async loss(point: Float64Array, gradient: Float64Array): Promise<number> {
    let loss = 0;
    for (let i = 0; i < point.length; i++) {
      loss += (L2 * point[i] - this.#counts[i]) * point[i];
      gradient[i] = 2 * L2 * point[i] - this.#counts[i];
    }
    const tags = this.#labels.length;
    const chain = learntChain(this.#legal, point.subarray(this.#pairTags.length));
    const factors = factorsOf(chain);
    const given = await this.#sumFeatures(point);
    const expected = new Float64Array(given.length);
    const transitions = gradient.subarray(this.#pairTags.length);
    for (const { forms, gold } of this.#sentences) {
      if (gold.length === 0) continue;
      await this.#pause();
      const emissions = new Float64Array(gold.length * tags);
      for (let word = 0, row = 0; word < gold.length; word++, row += tags) {
        for (let distance = 0; distance < DISTANCES; distance++) {
          const from = (forms[word + distance] * DISTANCES + distance) * tags;
          for (let tag = 0; tag < tags; tag++) emissions[row + tag] += given[from + tag];
        }
      }
      const { logPartition, unary, pairwise } = marginals({ ...chain, emissions }, factors);
      loss += logPartition;
      for (let word = 0, row = 0; word < gold.length; word++, row += tags) {
        for (let distance = 0; distance < DISTANCES; distance++) {
          const to = (forms[word + distance] * DISTANCES + distance) * tags;
          for (let tag = 0; tag < tags; tag++) expected[to + tag] += unary[row + tag];
        }
      }
      for (let at = 0; at < pairwise.length;) {
        for (let i = 0; i < transitions.length; i++, at++) transitions[i] += pairwise[at];
      }
    }
    await this.#spreadOverFeatures(expected, gradient);
    return loss;
  }

  /** What each form gives at each distance to each tag, `[forms, DISTANCES, labels]`. */
  async #sumFeatures(point: Float64Array): Promise<Float64Array> {
    const [tags, firstPairs, pairTags, features] = [
      this.#labels.length,
      this.#firstPairs,
      this.#pairTags,
      this.#features,
    ];
    const sums = new Float64Array(this.#occurrences.length);
    for (let place = 0, i = 0; place < this.#ends.length; place++) {
      if (place % PLACES_A_TURN === 0) await this.#pause();
      for (; i < this.#ends[place]; i++) {
        const end = firstPairs[features[i] + 1];
        for (let pair = firstPairs[features[i]]; pair < end; pair++) {
          sums[place * tags + pairTags[pair]] += point[pair];
        }
      }
    }
    return sums;
  }

  /**
   * Adds to the gradient of each pair what its tag is given wherever its feature is: the reverse of the sums.
   */
  async #spreadOverFeatures(expected: Float64Array, gradient: Float64Array): Promise<void> {
    const [tags, firstPairs, pairTags, features] = [
      this.#labels.length,
      this.#firstPairs,
      this.#pairTags,
      this.#features,
    ];
    for (let place = 0, i = 0; place < this.#ends.length; place++) {
      if (place % PLACES_A_TURN === 0) await this.#pause();
      for (; i < this.#ends[place]; i++) {
        const end = firstPairs[features[i] + 1];
        for (let pair = firstPairs[features[i]]; pair < end; pair++) {
          gradient[pair] += expected[place * tags + pairTags[pair]];
        }
      }
    }
  }

  /** The CRF with these parameters: what is not 0 of them. */
  crf(point: Float64Array): WordCrf {
    const labels = this.#labels;
    const traits = new Map<string, number>();
    const rows: number[] = [];
    const weights: number[] = [];
    for (const [feature, { trait, distance }] of this.#names.entries()) {
      const row = new Array<number>(labels.length).fill(0);
      for (let pair = this.#firstPairs[feature]; pair < this.#firstPairs[feature + 1]; pair++) {
        row[this.#pairTags[pair]] = Math.fround(point[pair]);
      }
      if (row.every((weight) => weight === 0)) continue;
      const number = traits.get(trait) ?? traits.size;
      if (number === traits.size) rows.push(...new Array<number>(DISTANCES).fill(-1));
      traits.set(trait, number);
      rows[number * DISTANCES + distance] = weights.length / labels.length;
      weights.push(...row);
    }
    return new WordCrf({
      labels,
      traits: [...traits.keys()],
      rows: Int32Array.from(rows),
      weights: Float32Array.from(weights),
      transitions: Float32Array.from(point.subarray(this.#pairTags.length)),
    });
  }
}

/** Forms at a distance that are summed before others may have a turn. */
const PLACES_A_TURN = 1000;
