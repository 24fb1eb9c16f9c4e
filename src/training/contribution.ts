import type { MaskVocabulary } from "../masking/apply.ts";
import { maskedSequence, type MaskingOptions, type TrainingSequence } from "../masking/objective.ts";
import { maskableTokens } from "../masking/word_rows.ts";
import type { Encoded } from "../text/encoded.ts";
import { maskId, type Tokenizer } from "../text/tokenizer.ts";

/** What a window contributes to a step. */
export interface Contribution {
  readonly sequences: readonly TrainingSequence[];
  /** Subwords that could have been masked, where something was to be masked. */
  readonly maskable: number;
}

/** What a window without labels contributes: its masked copy, whose pieces are predicted, unless nothing is masked. */
export function maskedContribution(encoded: Encoded, masking: MaskingOptions): Contribution {
  const sequence = maskedSequence({ encoded }, masking);
  return { sequences: sequence ? [sequence] : [], maskable: maskableTokens(encoded) };
}

/**
 * What masking has to know of a tokenizer.
 *
 * @throws {OptionError} if it has no mask token
 */
export function maskVocabulary(tokenizer: Tokenizer): MaskVocabulary {
  return { maskId: maskId(tokenizer), vocabSize: tokenizer.vocabSize, specialIds: tokenizer.specialIds };
}
