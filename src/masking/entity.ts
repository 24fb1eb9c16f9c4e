import { Budget } from "./budget.ts";
import { mentionsIn } from "./mentions.ts";
import { maskSpans } from "./span.ts";
import type { MaskingStrategy } from "./strategy.ts";
import { WordChoice } from "./word_choice.ts";

/**
 * Gold mentions first, each wholly or not at all, in random order; what they leave of the budget goes to
 * spans among the other words. A mention larger than what is left is masked with the probability that keeps
 * the expected share.
 */
export const entityMasking: MaskingStrategy = {
  name: "entity",
  summary: "whole gold mentions, then spans up to the budget",
  masks: true,
  needsTags: true,
  plan({ encoded, tags, random, share }) {
    const choice = new WordChoice(encoded);
    const budget = new Budget({ encoded, random, share });
    for (const mention of random.shuffle(mentionsIn(choice.words, tags))) {
      if (budget.take(choice.size(mention))) choice.mask(mention);
    }
    maskSpans(choice, { budget, random });
    return choice.spans();
  },
};
