import { fillBatches } from "../data/batching.ts";
import { MASKED_SHARE } from "../masking/strategy.ts";
import { sizeOf } from "../run/batch_size.ts";
import type { Contribution } from "../run/contribution.ts";

/**
 * Masked rows of a micro-batch, as a multiple of those that are to be expected: more than chance ever gives a
 * large one.
 */
const MOST_OF_EXPECTED = 1.5;

/**
 * Most rows of a micro-batch whose pieces are predicted. Text that nobody has read yet has words of any
 * length, which are masked whole, so that memory would have no bound but the tokens themselves.
 */
export function mostMaskedRows(
  { batchTokens }: { readonly batchTokens: number },
  { maxTokens }: { readonly maxTokens: number },
): number {
  return Math.max(maxTokens, Math.ceil(MOST_OF_EXPECTED * MASKED_SHARE * batchTokens));
}

/**
 * A micro-batch, in several where more than `most` of its rows are predicted; `most` is at least those of one
 * sequence.
 */
export function cutByMasked(batch: readonly Contribution[], most: number): Contribution[][] {
  const lengths = batch.map(({ sequences }) => sizeOf(sequences).masked);
  return fillBatches([...batch.keys()], { lengths, budget: most }).map((part) => part.map((i) => batch[i]));
}
