import type { MaskVocabulary } from "../masking/apply.ts";
import {
  type LabelledWindow,
  maskedSequence,
  type MaskingOptions,
  plainSequence,
  type TrainingSequence,
} from "../masking/objective.ts";
import type { MaskingStrategy } from "../masking/strategy.ts";
import { maskableTokens } from "../masking/word_rows.ts";
import { maskId, type Tokenizer } from "../text/tokenizer.ts";

/** What a window contributes to a step. */
export interface Contribution {
  readonly sequences: readonly TrainingSequence[];
  /** Subwords that could have been masked, where something was to be masked. */
  readonly maskable: number;
}

/**
 * What a window contributes to masked language modelling alone: its masked copy, unless nothing is masked.
 */
export function maskedContribution(
  window: Omit<LabelledWindow, "labels">,
  masking: MaskingOptions,
): Contribution {
  const sequence = maskedSequence(window, masking);
  return { sequences: sequence ? [sequence] : [], maskable: maskableTokens(window.encoded) };
}

/** The same, and the window as it is where nothing of it is masked: to a teacher it is worth as much. */
export function taughtContribution(
  window: Pick<LabelledWindow, "encoded">,
  masking: MaskingOptions,
): Contribution {
  const { sequences, maskable } = maskedContribution(window, masking);
  return sequences.length > 0
    ? { sequences, maskable }
    : { sequences: [plainSequence(window.encoded)], maskable };
}

/**
 * What masking has to know of a tokenizer.
 *
 * @throws {OptionError} if it has no mask token
 */
export function maskVocabulary(tokenizer: Tokenizer): MaskVocabulary {
  return { maskId: maskId(tokenizer), vocabSize: tokenizer.vocabSize, specialIds: tokenizer.specialIds };
}

/**
 * What a strategy has to know of a tokenizer: of one that masks nothing there need be no mask token.
 *
 * @throws {OptionError} if it has none and one is needed
 */
export function maskVocabularyOf({ masks }: MaskingStrategy, tokenizer: Tokenizer): MaskVocabulary {
  return masks ? maskVocabulary(tokenizer) : { maskId: -1, vocabSize: 0, specialIds: new Set() };
}
