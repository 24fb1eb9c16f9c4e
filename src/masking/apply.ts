import { OptionError } from "../errors.ts";
import type { Random } from "../random/random.ts";
import type { Encoded } from "../text/encoded.ts";
import type { TokenSpan } from "./strategy.ts";

/** Of the spans, 80 % become masks, 10 % random pieces and 10 % stay as they are (Devlin et al. 2019). */
const MASK_SHARE = 0.8;
const RANDOM_SHARE = 0.1;

/** What masking has to know of the tokenizer. */
export interface MaskVocabulary {
  /** The id of the mask token. */
  readonly maskId: number;
  /** Ids run from 0 to `vocabSize` - 1. */
  readonly vocabSize: number;
  /** The ids of all special tokens, which never serve as random pieces. */
  readonly specialIds: ReadonlySet<number>;
}

/** A masked span with the rows around it, from which SpanBERT's boundary objective predicts it. */
export interface BoundedSpan extends TokenSpan {
  /** The row before the span; -1 if the span begins a window without special tokens. */
  readonly before: number;
  /** The row after the span; the number of tokens if the span ends a window without special tokens. */
  readonly after: number;
}

/** The masked copy of a window. */
export interface Masked {
  /** The ids with masks and random pieces, `[tokens]`; rows are those of the original. */
  readonly ids: number[];
  /** All rows chosen for masking, kept ones too, ascending, `[masked]`. */
  readonly maskedRows: number[];
  /** The ids of the original at these rows, `[masked]`. */
  readonly originalIds: number[];
  readonly spans: BoundedSpan[];
}

/**
 * Replaces the ids of the planned spans; what becomes of a span is decided once for all its tokens, as in
 * SpanBERT. Random pieces are drawn for each token, uniform over the vocabulary without its special tokens.
 *
 * @throws {OptionError} when all pieces of the vocabulary are special.
 */
export function applyMask(
  encoded: Encoded,
  plan: readonly TokenSpan[],
  { maskId, vocabSize, specialIds, random }: MaskVocabulary & { readonly random: Random },
): Masked {
  if (specialIds.size >= vocabSize) {
    throw new OptionError(`Expected a vocabulary of more than its ${specialIds.size} special tokens`);
  }
  const ids = [...encoded.ids];
  const maskedRows: number[] = [];
  for (const { start, end } of plan) {
    const decision = random.uniform();
    for (let row = start; row < end; row++) {
      maskedRows.push(row);
      if (decision < MASK_SHARE) ids[row] = maskId;
      else if (decision < MASK_SHARE + RANDOM_SHARE) ids[row] = randomPiece();
    }
  }
  return {
    ids,
    maskedRows,
    originalIds: maskedRows.map((row) => encoded.ids[row]),
    spans: plan.map(({ start, end }) => ({ start, end, before: start - 1, after: end })),
  };

  function randomPiece(): number {
    let id = random.integer(vocabSize);
    while (specialIds.has(id)) id = random.integer(vocabSize);
    return id;
  }
}
