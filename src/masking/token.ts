import { Budget } from "./budget.ts";
import type { MaskingStrategy, TokenSpan } from "./strategy.ts";

/**
 * BERT's masking (Devlin et al. 2019, arXiv:1810.04805): single subwords, each chosen and replaced for
 * itself.
 */
export const tokenMasking: MaskingStrategy = {
  name: "token",
  summary: "single subwords (BERT)",
  masks: true,
  needsTags: false,
  plan({ encoded, random, share }) {
    const rows = encoded.wordOf.flatMap((word, row) => word < 0 ? [] : [row]);
    const budget = new Budget({ encoded, random, share });
    const spans: TokenSpan[] = [];
    for (const start of random.shuffle(rows)) {
      if (budget.take(1)) spans.push({ start, end: start + 1 });
      if (budget.spent) break;
    }
    return spans.sort((a, b) => a.start - b.start);
  },
};
