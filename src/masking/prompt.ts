import { encodeSentence } from "../text/alignment.ts";
import type { Encoded } from "../text/encoded.ts";
import { maskId, type Tokenizer } from "../text/tokenizer.ts";
import type { MaskingStrategy } from "./strategy.ts";

/**
 * MANER (Sonkar, Wang and Baraniuk 2022, arXiv:2212.09723): a mask token before each word, and the tag of the
 * word is read there. It hides nothing, so its plan is empty; the model meets windows through {@linkcode
 * encodeWindows}, in training and in use alike.
 */
export const promptMasking: MaskingStrategy = {
  name: "prompt",
  summary: "a mask before each word, the tag is read there (MANER)",
  masks: false,
  needsTags: false,
  plan: () => [],
};

/**
 * A window with a mask token before each word. `labelRows` are the rows of the masks, `wordOf` is -1 there (a
 * mask is a special token). It has at most twice as many tokens as `encoded`, so windows for a model of
 * `maxTokens` positions are cut with {@linkcode promptTokenLimit}.
 */
export function promptEncoded(encoded: Encoded, maskId: number): Encoded {
  const ids: number[] = [];
  const wordOf: number[] = [];
  const labelRows: number[] = [];
  encoded.ids.forEach((id, row) => {
    while (encoded.labelRows[labelRows.length] === row) {
      labelRows.push(ids.length);
      ids.push(maskId);
      wordOf.push(-1);
    }
    ids.push(id);
    wordOf.push(encoded.wordOf[row]);
  });
  return { ...encoded, ids, wordOf, labelRows };
}

/** The most tokens that a window may have before its prompts are inserted: half of the model's. */
export function promptTokenLimit(maxTokens: number): number {
  return Math.floor(maxTokens / 2);
}

/**
 * The windows of a sentence for a model of `maxTokens` positions, with a mask before each word where `prompt`
 * is set: the one way in which training and tagging read words.
 *
 * @throws {OptionError} if prompts are asked of a tokenizer without a mask token
 */
export function encodeWindows(
  tokenizer: Tokenizer,
  words: readonly string[],
  { maxTokens, prompt }: { maxTokens: number; prompt: boolean },
): Encoded[] {
  if (!prompt) return encodeSentence(tokenizer, words, { maxTokens });
  return encodeSentence(tokenizer, words, { maxTokens: promptTokenLimit(maxTokens) })
    .map((window) => promptEncoded(window, maskId(tokenizer)));
}
