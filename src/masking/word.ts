import { Budget } from "./budget.ts";
import type { MaskingStrategy, TokenSpan } from "./strategy.ts";
import { size, wordRows } from "./word_rows.ts";

/** Whole word masking: all subwords of a chosen word, words chosen and replaced one by one. */
export const wordMasking: MaskingStrategy = {
  name: "word",
  summary: "single whole words",
  masks: true,
  needsTags: false,
  plan({ encoded, random, share }) {
    const budget = new Budget({ encoded, random, share });
    const spans: TokenSpan[] = [];
    for (const word of random.shuffle(wordRows(encoded))) {
      if (budget.take(size(word))) spans.push({ start: word.start, end: word.end });
      if (budget.spent) break;
    }
    return spans.sort((a, b) => a.start - b.start);
  },
};
