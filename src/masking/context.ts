import { Budget } from "./budget.ts";
import { mentionsIn } from "./mentions.ts";
import { maskSpans } from "./span.ts";
import type { MaskingStrategy } from "./strategy.ts";
import { WordChoice } from "./word_choice.ts";

/**
 * Spans outside of gold mentions: names stay, their surroundings go. The budget is a share of all subwords,
 * as elsewhere; where mentions leave fewer subwords than that, all of these are masked and the share is not
 * reached.
 */
export const contextMasking: MaskingStrategy = {
  name: "context",
  summary: "spans outside of gold mentions",
  masks: true,
  needsTags: true,
  plan({ encoded, tags, random, share }) {
    const choice = new WordChoice(encoded);
    for (const mention of mentionsIn(choice.words, tags)) choice.bar(mention);
    maskSpans(choice, { budget: new Budget({ encoded, random, share }), random });
    return choice.spans();
  },
};
