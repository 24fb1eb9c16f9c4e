import { assertEquals } from "@std/assert";
import { wordTraits } from "../../src/crf/word_features.ts";

const shown = (word: string) => wordTraits(word).flat();

Deno.test("a word shows its form in small letters, its shape, its capitals and its affixes", () => {
  assertEquals(wordTraits("McDowell-22"), [
    ["always"],
    ["prefix m", "suffix 2", "prefix mc", "suffix 22", "prefix mcd", "suffix -22"],
    ["form mcdowell-22", "shape XxXx-d", "capital", "capitals", "digit"],
  ]);
  assertEquals(shown("Ali").filter((trait) => /^cap|^title|^upper/.test(trait)), ["capital", "title"]);
  assertEquals(shown("UN").filter((trait) => /^cap|^title|^upper/.test(trait)), [
    "capital",
    "capitals",
    "upper",
  ]);
  assertEquals(shown("...").slice(-3), ["form ...", "shape .", "mark"]);
});

Deno.test("an affix is shorter than its word", () => {
  assertEquals(wordTraits("na")[1], ["prefix n", "suffix a"]);
  assertEquals(wordTraits("a")[1], []);
});

Deno.test("letters are code points in composed form, with their marks, in scripts with case and without", () => {
  // Typed with combining marks or without, it is one word, and its first letter has its dot below.
  assertEquals(wordTraits("O\u0323ya\u0301"), wordTraits("\u1ecc" + "y\u00e1"));
  assertEquals(wordTraits("\u1ecc" + "y\u00e1")[1].slice(0, 2), ["prefix \u1ecd", "suffix \u00e1"]);
  // A tone on a dotted letter has no composed form: it is a mark that belongs to its letter.
  assertEquals(shown("\u1ecd\u0301").filter((trait) => trait.startsWith("shape")), ["shape x"]);
  assertEquals(shown("አዲስ").filter((trait) => trait.startsWith("shape")), ["shape o"]);
  assertEquals(wordTraits("\u{10428}\u{10429}")[1], ["prefix \u{10428}", "suffix \u{10429}"]);
});
