import { OptionError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { Message, message, setting } from "../message.ts";
import type { Random } from "../random/random.ts";
import type { Encoded } from "../text/encoded.ts";
import { applyMask, type BoundedSpan, type MaskVocabulary } from "./apply.ts";
import type { MaskingStrategy } from "./strategy.ts";

/**
 * What the masked copies of a sentence are for:
 *
 * - `none`: there is no copy, the loss is the tagging loss of the sentence;
 * - `corrupt`: copies are tagged too, with the same labels, so the tag of a masked name has to come from its
 *   context;
 * - `replace`: as corrupt, but the sentence itself is left out where it has a copy, so a step costs no more
 *   than without masks (word dropout: Iyyer et al. 2015, "Deep unordered composition rivals syntactic
 *   methods", there of words);
 * - `joint`: tagging loss of the sentence as it is, plus lambda times the loss of predicting what is masked
 *   in copies.
 */
export const objectives = ["none", "corrupt", "replace", "joint"] as const;

/** One of {@linkcode objectives}. */
export type Objective = (typeof objectives)[number];

/** One sequence of a training batch: label rows bear the tagging loss, MLM rows the loss of masked pieces. */
export interface TrainingSequence {
  /** Token ids, `[tokens]`. */
  readonly ids: readonly number[];
  /** The word of each token, or -1 for special tokens, `[tokens]`. */
  readonly wordOf: readonly number[];
  /** Rows whose tags are trained, `[labelled]`; empty in the masked copy of `joint`. */
  readonly labelRows: readonly number[];
  /** The label of each label row, `[labelled]`. */
  readonly labels: readonly number[];
  /** The word of each label row, undefined where a part of it is masked, `[labelled]`. */
  readonly words: readonly (string | undefined)[];
  /**
   * Rows whose pieces are predicted, ascending, `[masked]`; empty except in a copy for masked language
   * modelling.
   */
  readonly mlmRows: readonly number[];
  /** The pieces that stood at these rows, `[masked]`. */
  readonly mlmTargets: readonly number[];
  /** What is masked in `ids`, in masked copies of both kinds, so that the realised share can be counted. */
  readonly spans: readonly BoundedSpan[];
  /** The token ids before anything was masked, `[tokens]`; absent where nothing is. */
  readonly unmaskedIds?: readonly number[];
}

/** A window with its labels. */
export interface LabelledWindow {
  readonly encoded: Encoded;
  /** Label numbers of the words of the window, one for each row of `encoded.labelRows`, `[words]`. */
  readonly labels: readonly number[];
  /** IOB2 tags of all words of the sentence, for strategies that ask for mentions. */
  readonly tags?: readonly string[];
}

/** How windows are masked. */
export interface MaskingOptions {
  readonly strategy: MaskingStrategy;
  readonly vocabulary: MaskVocabulary;
  /** Share of the subwords to mask in expectation; by default 15 %. */
  readonly share?: number;
  /** The stream of this window in this epoch. */
  readonly random: Random;
}

/** What the masked copies of a window are made with. */
export interface MaskedCopiesOptions extends Omit<MaskingOptions, "random"> {
  readonly objective: Objective;
  /** The stream of each masked copy of this window in this epoch; each masks for itself. */
  readonly streams: readonly Random[];
}

/**
 * The sequences that one window contributes to a training step: itself, and its masked copies where the
 * objective has some and the plan is not empty (short sentences are often left whole: 15 % of three subwords
 * is less than one).
 */
export function trainingSequences(
  { encoded, labels, tags }: LabelledWindow,
  { objective, streams, ...masking }: MaskedCopiesOptions,
): TrainingSequence[] {
  const { ids, wordOf, labelRows, words } = encoded;
  const clean = { ids, wordOf, labelRows, labels, words, mlmRows: [], mlmTargets: [], spans: [] };
  if (objective === "none") return [clean];
  const copies = streams.flatMap((random) => maskedSequence({ encoded, tags }, { ...masking, random }) ?? []);
  if (objective === "joint") return [clean, ...copies];
  const tagged = copies.map((copy) => ({
    ...copy,
    labelRows,
    labels,
    words: visibleWords(encoded, copy.spans),
    mlmRows: [],
    mlmTargets: [],
  }));
  return objective === "replace" && tagged.length > 0 ? tagged : [clean, ...tagged];
}

/** The words of a window, without those of which something is masked. */
function visibleWords(
  { wordOf, words, firstWord }: Encoded,
  spans: readonly BoundedSpan[],
): (string | undefined)[] {
  const masked = new Set(spans.flatMap(({ start, end }) => wordOf.slice(start, end)));
  return words.map((word, i) => masked.has(firstWord + i) ? undefined : word);
}

/** A window of which nothing is masked and no tag is known. */
export function plainSequence({ ids, wordOf }: Encoded): TrainingSequence {
  return { ids, wordOf, labelRows: [], labels: [], words: [], mlmRows: [], mlmTargets: [], spans: [] };
}

/**
 * A window masked for masked language modelling alone, without labels, or `null` where nothing of it is
 * masked.
 */
export function maskedSequence(
  { encoded, tags }: Omit<LabelledWindow, "labels">,
  { strategy, vocabulary, share, random }: MaskingOptions,
): TrainingSequence | null {
  const plan = strategy.plan({ encoded, tags, random, share });
  if (plan.length === 0) return null;
  const { ids, maskedRows, originalIds, spans } = applyMask(encoded, plan, { ...vocabulary, random });
  return {
    ids,
    wordOf: encoded.wordOf,
    labelRows: [],
    labels: [],
    words: [],
    mlmRows: maskedRows,
    mlmTargets: originalIds,
    spans,
    unmaskedIds: encoded.ids,
  };
}

/**
 * Checks that strategy and objective belong together: what is masked has to serve a loss, and a loss on masks
 * needs some.
 *
 * @throws {OptionError} when they do not.
 */
export function checkObjective(objective: string, strategy: MaskingStrategy): asserts objective is Objective {
  if (!(objectives as readonly string[]).includes(objective)) {
    throw new OptionError(
      message`Expected ${setting("objective")} to be one of ${objectives} but found ${quote(objective)}`,
    );
  }
  if (strategy.masks && objective === "none") {
    throw new OptionError(
      new Message(
        message`Expected ${setting("objective", "corrupt")}, replace or joint for `,
        message`${setting("masking", strategy.name)} but found none: nothing would use what is masked`,
      ),
    );
  }
  if (!strategy.masks && objective !== "none") {
    throw new OptionError(
      new Message(
        message`Expected ${setting("objective", "none")} for ${setting("masking", strategy.name)} `,
        `but found ${objective}: this strategy masks nothing`,
      ),
    );
  }
}
