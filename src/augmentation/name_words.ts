import { mentionsIn } from "../masking/mentions.ts";
import type { MaskingStrategy } from "../masking/strategy.ts";
import { WordChoice } from "../masking/word_choice.ts";

/**
 * MELM's masking: each word of a gold mention with probability `share`, at least one where there is any;
 * other words never. It serves the augmentation and is no strategy of training, whose share is one of all
 * subwords.
 */
export const nameWordMasking: MaskingStrategy = {
  name: "name words",
  summary: "words of gold mentions (MELM)",
  masks: true,
  needsTags: true,
  plan({ encoded, tags, random, share = 1 }) {
    const choice = new WordChoice(encoded);
    const words = mentionsIn(choice.words, tags).flat();
    const chosen = words.filter(() => random.uniform() < share);
    if (chosen.length === 0 && words.length > 0) chosen.push(words[random.integer(words.length)]);
    choice.mask(chosen);
    return choice.spans();
  },
};
