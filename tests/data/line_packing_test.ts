import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Line, packLines } from "../../src/data/line_packing.ts";
import { letters, textOf } from "../pretraining/text.ts";

function linesOf(text: string): Line[] {
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((text) => ({ text, bytes: text.length }));
}

function packed(text: string, maxTokens: number): string[] {
  return [...packLines(linesOf(text), { tokenizer: letters, maxTokens })].map(({ encoded }) =>
    textOf(encoded)
  );
}

Deno.test("lines that follow each other are joined as long as they fit", () => {
  assertEquals(packed("ab cd\nef\ngh\nij kl", 8), ["ab cd ef", "gh ij kl"]);
});

Deno.test("a line that does not fit begins the next sequence whole", () => {
  assertEquals(packed("ab cd\nef gh", 8), ["ab cd", "ef gh"]);
});

Deno.test("a blank line ends a sequence, and one of zero-width characters is blank", () => {
  assertEquals(packed("ab\n\ncd\n \u200b \nef\ngh\n\n\n", 20), ["ab", "cd", "ef gh"]);
});

Deno.test("a line that is longer than a sequence is cut at word borders, and its rest is joined by what follows", () => {
  assertEquals(packed("ab\nab cd ef gh\nij\n", 6), ["ab", "ab cd", "ef gh", "ij"]);
  assertEquals(packed("abc def g\nh\n", 6), ["abc", "def g", "h"]);
});

Deno.test("a word that is longer than a sequence keeps its first subwords", () => {
  assertEquals(packed("ab abcdefghijklm cd", 10), ["ab", "abcd", "cd"]);
});

Deno.test("words of any text keep their order, no sequence is too long, and the bytes sum up to the text's", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcxyz"), minLength: 1, maxLength: 4 });
  const line = fc.array(word, { maxLength: 9 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.integer({ min: 6, max: 20 }), (lines, maxTokens) => {
      const text = lines.join("\n");
      const sequences = [...packLines(linesOf(text), { tokenizer: letters, maxTokens })];
      assertEquals(
        sequences.map(({ encoded }) => textOf(encoded)).join(" "),
        text.split(/\s+/).filter(Boolean).join(" "),
      );
      for (const { encoded: { ids }, bytes } of sequences) assert(ids.length <= maxTokens && bytes > 0);
      const blankEnd = /\s*$/.exec(text)![0].length;
      const sum = sequences.reduce((sum, { bytes }) => sum + bytes, 0);
      assert(sequences.length === 0 || sum <= text.length && sum >= text.length - blankEnd, `${sum}`);
    }),
    { seed: 3 },
  );
});
