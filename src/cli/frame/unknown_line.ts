import type { UnknownWords } from "../../text/unknown_words.ts";
import { formatCount } from "./format.ts";

/** How many words a tokenizer does not know, for a person. */
export function describeUnknown(what: string, { words, unknown, unknownInNfc }: UnknownWords): string {
  const share = words === 0 ? 0 : 100 * unknown / words;
  const inNfc = unknownInNfc === unknown ? "" : `; in NFC it would be ${formatCount(unknownInNfc)}`;
  return `Words of ${what} that the tokenizer does not know: ${formatCount(unknown)} of ${
    formatCount(words)
  } ` +
    `(${share.toFixed(2)} %)${inNfc}`;
}
