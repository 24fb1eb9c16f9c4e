import { assertEquals } from "@std/assert";
import { normalizerOf } from "../../src/text/normalizers.ts";
import { preTokenizerOf } from "../../src/text/pre_tokenizers.ts";
import { loadTokenizer } from "../../src/text/tokenizer.ts";
import { golden } from "./golden_tokenizers.ts";

type Part = { readonly type: string };

/**
 * What tests/golden/tokenizer_parts.py writes; of results only those are there that are not the word itself.
 */
interface Golden {
  readonly words: string[];
  readonly normalizers: { readonly part: Part; readonly results: Record<string, string> }[];
  readonly preTokenizers: { readonly part: Part; readonly results: Record<string, string[]> }[];
  readonly models: { readonly name: string; readonly tokenizer: unknown; readonly ids: number[][] }[];
}

const { words, normalizers, preTokenizers, models } = golden("tokenizer_parts.json") as unknown as Golden;

Deno.test("every normaliser makes of words what the Rust tokenizers make of them", () => {
  for (const { part, results } of normalizers) {
    const normalize = normalizerOf(part);
    for (const [i, word] of words.entries()) {
      assertEquals(normalize(word), results[i] ?? word, `${JSON.stringify(part)} of ${JSON.stringify(word)}`);
    }
  }
});

Deno.test("every pre-tokenizer cuts words as the Rust tokenizers do", () => {
  for (const { part, results } of preTokenizers) {
    const preTokenize = preTokenizerOf(part);
    for (const [i, text] of words.entries()) {
      const pieces = preTokenize([{ text, isFirst: true }]).map(({ text }) => text);
      assertEquals(pieces, results[i] ?? [text], `${JSON.stringify(part)} of ${JSON.stringify(text)}`);
    }
  }
});

for (const { name, tokenizer, ids } of models) {
  Deno.test(`the ids of words are those of the Rust tokenizers: ${name}`, () => {
    const { encodeWord } = loadTokenizer({ tokenizerJson: tokenizer });
    for (const [i, word] of words.entries()) assertEquals(encodeWord(word), ids[i], JSON.stringify(word));
  });
}
