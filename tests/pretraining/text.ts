/** Raw text and tokenizers for tests of pretraining. */

import { surveyText, type TextFile } from "../../src/pretraining/corpus.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { loadTokenizer, type Tokenizer } from "../../src/text/tokenizer.ts";
import { Random } from "../../src/random/random.ts";

/** Files with these contents, in this order. */
export function filesOf(...contents: (string | Uint8Array)[]): TextFile[] {
  const store = new MemoryStore(Object.fromEntries(contents.map((content, i) => [`${i}.txt`, content])));
  return contents.map((_, i) => ({ store, path: `${i}.txt` }));
}

/** The same as a corpus. */
export function corpusOf(...contents: string[]) {
  return surveyText(filesOf(...contents), "raw text");
}

/** Every letter is a piece: `a` is 3, `b` is 4, ..., so that a test can read ids. */
export const letters: Tokenizer = loadTokenizer({
  tokenizerJson: {
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "",
      max_input_chars_per_word: 1000,
      vocab: Object.fromEntries(
        ["[CLS]", "[SEP]", "[UNK]", ..."abcdefghijklmnopqrstuvwxyz", "[MASK]"].map((
          token,
          id,
        ) => [token, id]),
      ),
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
  },
});

/** The letters of a sequence, with spaces between words. */
export function textOf(
  encoded: { readonly ids: readonly number[]; readonly wordOf: readonly number[] },
): string {
  let text = "";
  encoded.ids.forEach((id, row) => {
    if (encoded.wordOf[row] < 0) return;
    if (row > 1 && encoded.wordOf[row] !== encoded.wordOf[row - 1]) text += " ";
    text += letters.idToToken(id);
  });
  return text;
}

/**
 * Sentences of a tiny language, a line each: a subject decides its verb and its place, so that gaps can be
 * filled.
 */
export function repetitiveText(lines: number, seed = 1): string {
  const random = new Random(seed, "repetitive text");
  const sentences = [
    "Asha anaishi Tanga na Juma",
    "Juma alienda soko leo asubuhi",
    "watu wengi kutoka Mwanza sasa",
    "Neema na Baraka kwa mji",
  ];
  const drawn = Array.from({ length: lines }, () => sentences[random.integer(sentences.length)]);
  return drawn.map((line) => `${line}\n\n`).join("");
}
