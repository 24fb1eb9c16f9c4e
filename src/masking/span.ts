import type { Random } from "../random/random.ts";
import { Budget } from "./budget.ts";
import type { MaskingStrategy } from "./strategy.ts";
import { WordChoice } from "./word_choice.ts";

/**
 * SpanBERT's masking (Joshi et al. 2020, arXiv:1907.10529): spans of whole words with lengths from
 * {@linkcode spanLength}, until the budget is spent, there 15 % of the subwords.
 */
export const spanMasking: MaskingStrategy = {
  name: "span",
  summary: "spans of 1 to 10 whole words (SpanBERT)",
  masks: true,
  needsTags: false,
  plan({ encoded, random, share }) {
    const choice = new WordChoice(encoded);
    maskSpans(choice, { budget: new Budget({ encoded, random, share }), random });
    return choice.spans();
  },
};

/** The length of a span in words: geometric with p = 0.2, cut to 1, ..., 10 and renormalised; mean 3.797. */
export function spanLength(random: Random): number {
  return random.geometric(0.2, { min: 1, max: 10 });
}

/**
 * Masks spans of free words until the budget is spent or no word is free. As in SpanBERT the first word of a
 * span is uniform among the free words, and the span runs to the right until it has its length or meets the
 * sentence's end, a word that is not free, or the end of the budget. So the gaps of short sentences are
 * shorter than the lengths drawn: a sentence of 30 subwords has 4.5 to spend.
 */
export function maskSpans(choice: WordChoice, { budget, random }: { budget: Budget; random: Random }): void {
  for (let free = choice.free; free.length > 0 && !budget.spent; free = choice.free) {
    const first = free[random.integer(free.length)];
    const end = first + spanLength(random);
    for (let i = first; i < end && choice.isFree(i) && budget.take(choice.size([i])); i++) choice.mask([i]);
  }
}
