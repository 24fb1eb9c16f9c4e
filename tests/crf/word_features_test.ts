import { assertEquals } from "@std/assert";
import { wordTraits } from "../../src/crf/word_features.ts";

Deno.test("a word shows its form in small letters, its shape, its capitals and its affixes", () => {
  assertEquals(wordTraits("McDowell-22"), [
    ["always"],
    [
      ...["form mcdowell-22", "capital", "capitals", "digit"],
      ...["prefix m", "suffix 2", "prefix mc", "suffix 22", "prefix mcd", "suffix -22"],
      ...["prefix mcdo", "suffix l-22"],
    ],
    ["shape XxXx-d"],
  ]);
  assertEquals(wordTraits("Ali")[1].slice(0, 3), ["form ali", "capital", "title"]);
  assertEquals(wordTraits("UN")[1].slice(0, 4), ["form un", "capital", "capitals", "upper"]);
  assertEquals(wordTraits("...").slice(1), [
    ["form ...", "mark", "prefix .", "suffix .", "prefix ..", "suffix .."],
    ["shape ."],
  ]);
});

Deno.test("an affix is shorter than its word", () => {
  assertEquals(wordTraits("na")[1], ["form na", "prefix n", "suffix a"]);
  assertEquals(wordTraits("a")[1], ["form a"]);
});

Deno.test("letters are code points in composed form, with their marks and without", () => {
  const [typed, composed] = ["O\u0323la\u0300", "\u1ecc" + "l\u00e0"];
  assertEquals(wordTraits(typed), wordTraits(composed));
  const affixes = wordTraits(composed)[1].filter((trait) => /^prefix/.test(trait));
  assertEquals(affixes, ["prefix \u1ecd", "prefix \u1ecdl", "prefix o", "prefix ol"]);
  // A tone on a dotted letter has no composed form: it is a mark that belongs to its letter.
  assertEquals(wordTraits("\u1ecd\u0301")[2], ["shape x"]);
});

Deno.test("scripts without case have a shape of their own, and letters beyond 16 bits are whole", () => {
  assertEquals(wordTraits("አዲስ")[2], ["shape o"]);
  assertEquals(wordTraits("\u{10428}\u{10429}")[1], [
    "form \u{10428}\u{10429}",
    "prefix \u{10428}",
    "suffix \u{10429}",
  ]);
});
