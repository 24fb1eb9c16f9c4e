import { backwardScores, type Chain, factorsOf, forwardScores, logSumExp, wordsOf } from "./linear_chain.ts";

/** A stretch of a path: its tags from a word on, and what the word after it may not be. */
interface Stretch {
  /** Its first word. */
  readonly start: number;
  /** Its tags, at least one. */
  readonly path: readonly number[];
  /** A tag that the word after it does not have, as it would go on with it. */
  readonly notNext?: number;
}

/** The sums over the paths of a sentence that begin and end anywhere, from which probabilities come. */
export class PathSums {
  readonly #chain: Chain;
  readonly #forward: Float64Array;
  readonly #backward: Float64Array;
  readonly #logPartition: number;

  constructor(chain: Chain, factors = factorsOf(chain)) {
    this.#chain = chain;
    this.#forward = forwardScores(chain, factors);
    this.#backward = backwardScores(chain, factors);
    const tags = chain.start.length;
    const first = this.#forward.subarray(0, tags).map((score, tag) => score + this.#backward[tag]);
    this.#logPartition = first.length === 0 ? 0 : logSumExp(first);
  }

  /** The probability of a tag at a word. */
  at(word: number, tag: number): number {
    return Math.exp(this.scoreAt(word, tag) - this.#logPartition);
  }

  /** The logarithm of the sum over all paths with a tag at a word. */
  scoreAt(word: number, tag: number): number {
    const place = word * this.#chain.start.length + tag;
    return this.#forward[place] + this.#backward[place];
  }

  /**
   * The probability that a path has exactly this stretch: the marginals of its tags, joined by its
   * transitions.
   */
  of({ start, path, notNext }: Stretch): number {
    const { emissions, transitions, start: { length: tags } } = this.#chain;
    let score = this.#forward[start * tags + path[0]];
    for (let i = 1; i < path.length; i++) {
      score += transitions[path[i - 1] * tags + path[i]] + emissions[(start + i) * tags + path[i]];
    }
    const [last, next] = [path[path.length - 1], start + path.length];
    if (next === wordsOf(this.#chain)) score += this.#chain.end[last];
    else {
      const follows = Float64Array.from({ length: tags }, (_, tag) => {
        const place = next * tags + tag;
        return tag === notNext
          ? -Infinity
          : transitions[last * tags + tag] + emissions[place] + this.#backward[place];
      });
      score += logSumExp(follows);
    }
    return Math.exp(score - this.#logPartition);
  }
}
