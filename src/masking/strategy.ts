import type { Random } from "../random/random.ts";
import type { Encoded } from "../text/encoded.ts";

/**
 * The share of a sentence's subwords that every strategy masks in expectation unless told otherwise (Devlin
 * et al. 2019, arXiv:1810.04805); Wettig et al. 2023 (arXiv:2202.08005) find 0.4 better for pretraining large
 * models.
 */
export const MASKED_SHARE = 0.15;

/**
 * Token rows `start`, ..., `end` - 1 of one window, masked as one: whole words, except for the strategy
 * `token`.
 */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/** What a strategy sees of a sentence. */
export interface MaskingInput {
  /** The sentence or one window of it. */
  readonly encoded: Encoded;
  /**
   * IOB2 tags of all words of the sentence (not only of the window), `[words]`; absent for text without tags.
   */
  readonly tags?: readonly string[];
  /**
   * Share of the subwords to mask in expectation, above 0 and at most 1; by default {@linkcode MASKED_SHARE}.
   */
  readonly share?: number;
  /** The stream of this sentence in this epoch: the same stream gives the same plan. */
  readonly random: Random;
}

/** A way to choose what is masked. How the chosen rows change is {@linkcode applyMask}'s matter. */
export interface MaskingStrategy {
  /** The name on the command line. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** False for strategies whose plans are always empty. */
  readonly masks: boolean;
  /** Whether its plans come from the tags of a sentence, so that it cannot mask raw text. */
  readonly needsTags: boolean;
  /**
   * Chooses the spans to mask, in row order and without overlap; never a special token.
   *
   * @throws {OptionError} when the strategy needs tags and there are none.
   */
  plan(input: MaskingInput): TokenSpan[];
}
