import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OptionError } from "../../src/errors.ts";
import { encodeSentence, mergeWindows, type WordEncoder, wordOwners } from "../../src/text/alignment.ts";
import type { Encoded } from "../../src/text/encoded.ts";
import { tinyTokenizer } from "./golden_tokenizers.ts";

const CLS = 1, SEP = 2, UNK = 3;
/** A word is the number of its subwords. */
const counting: WordEncoder = {
  clsId: CLS,
  sepId: SEP,
  unkId: UNK,
  encodeWord: (word) => Array.from({ length: Number(word) }, (_, i) => 10 + i),
};
const encode = (lengths: number[], maxTokens: number) =>
  encodeSentence(counting, lengths.map(String), { maxTokens });
const lengths = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 });
const limits = fc.integer({ min: 3, max: 40 });
const wordsOf = ({ firstWord, labelRows }: Encoded) => labelRows.map((_, i) => firstWord + i);

Deno.test("encodeSentence() encodes a sentence that fits as one window", () => {
  assertEquals(encode([1, 3, 2], 8), [{
    ids: [CLS, 10, 10, 11, 12, 10, 11, SEP],
    wordOf: [-1, 0, 1, 1, 1, 2, 2, -1],
    labelRows: [1, 2, 5],
    words: ["1", "3", "2"],
    firstWord: 0,
  }]);
});

Deno.test("encodeSentence() puts the label row of each word on its first subword", () => {
  const tokenizer = tinyTokenizer("wordpiece");
  const [{ ids, labelRows }] = encodeSentence(tokenizer, ["Ng'ombe", "wa", "Baraka"], { maxTokens: 64 });
  assertEquals(labelRows.map((row) => tokenizer.idToToken(ids[row])?.[0]), ["n", "w", "b"]);
  assertEquals([ids[0], ids.at(-1)], [tokenizer.clsId, tokenizer.sepId]);
});

Deno.test("encodeSentence() gives a word without subwords the unknown token", () => {
  assertEquals(encode([1, 0, 1], 8)[0].ids, [CLS, 10, UNK, 10, SEP]);
  const tokenizer = tinyTokenizer("wordpiece");
  const [{ ids, labelRows }] = encodeSentence(tokenizer, ["wa", "\u200b"], { maxTokens: 8 });
  assertEquals(ids[labelRows[1]], tokenizer.unkId);
});

Deno.test("encodeSentence() gives no windows for no words", () => {
  assertEquals(encode([], 8), []);
});

Deno.test("encodeSentence() loses no word, keeps to maxTokens and cuts at word borders, whatever the sentence", () => {
  fc.assert(
    fc.property(lengths, limits, (lengths, maxTokens) => {
      const windows = encode(lengths, maxTokens);
      const room = maxTokens - 2;
      const fits = lengths.reduce((sum, length) => sum + Math.max(1, length), 0) <= room;
      const longest = fits ? Infinity : Math.max(1, Math.floor(room / 2));
      assertEquals([...new Set(windows.flatMap(wordsOf))], lengths.map((_, i) => i));
      for (const { ids, wordOf, labelRows, firstWord } of windows) {
        assert(ids.length <= maxTokens);
        assertEquals(wordOf.length, ids.length);
        const expected = labelRows.flatMap((_, i) =>
          Array(Math.min(longest, Math.max(1, lengths[firstWord + i]))).fill(firstWord + i)
        );
        assertEquals(wordOf, [-1, ...expected, -1]);
        assertEquals(labelRows, labelRows.map((_, i) => wordOf.indexOf(firstWord + i)));
      }
    }),
    { seed: 1 },
  );
});

Deno.test("encodeSentence() makes every window go further, and neighbours share at most a quarter of a window", () => {
  fc.assert(
    fc.property(lengths, limits, (lengths, maxTokens) => {
      const windows = encode(lengths, maxTokens);
      for (let w = 1; w < windows.length; w++) {
        const [before, after] = [windows[w - 1], windows[w]].map(wordsOf);
        assert(after[after.length - 1] > before[before.length - 1]);
        const shared = windows[w].wordOf.filter((word) => word >= 0 && before.includes(word));
        assert(shared.length <= (maxTokens - 2) / 4);
      }
    }),
    { seed: 1 },
  );
});

Deno.test("encodeSentence() overlaps windows of words of one subword by exactly a quarter", () => {
  const windows = encode(Array(40).fill(1), 22);
  assertEquals(windows.map((w) => [w.firstWord, w.labelRows.length]), [[0, 20], [15, 20], [30, 10]]);
});

Deno.test("encodeSentence() keeps the first subwords of a word that is longer than half a window", () => {
  const windows = encode([2, 50, 2], 12);
  assertEquals(windows.flatMap((w) => w.ids.filter((id) => id === 15)), []);
  assertEquals(windows.map(wordsOf), [[0, 1, 2]]);
});

Deno.test("encodeSentence() refuses a limit without room for a subword", () => {
  for (const maxTokens of [2, 0, -1, 3.5, NaN]) {
    assertEquals(
      assertThrows(() => encode([1], maxTokens), OptionError).message,
      `Expected maxTokens to be an integer of at least 3 but found ${maxTokens}`,
    );
  }
});

Deno.test("wordOwners() takes the window with the most words between the word and a cut", () => {
  const windows = encode(Array(40).fill(1), 22);
  const owners = wordOwners(windows);
  // Words 15 to 19 stand in windows 0 and 1, words 30 to 34 in windows 1 and 2.
  assertEquals(owners.slice(14, 21), [0, 0, 0, 0, 1, 1, 1]);
  assertEquals(owners.slice(29, 36), [1, 1, 1, 1, 2, 2, 2]);
  assertEquals(owners.length, 40);
});

Deno.test("mergeWindows() gives each word exactly one row, that of its own window", () => {
  fc.assert(
    fc.property(lengths, limits, fc.integer({ min: 1, max: 4 }), (lengths, maxTokens, classes) => {
      const windows = encode(lengths, maxTokens);
      // A logit tells its window, word and class.
      const logits = windows.map((window, w) =>
        Float32Array.from(
          wordsOf(window).flatMap((word) =>
            Array.from({ length: classes }, (_, c) => 1000 * w + 10 * word + c)
          ),
        )
      );
      const merged = mergeWindows(windows, logits, { classes });
      const owners = wordOwners(windows);
      const expected = lengths.flatMap((_, word) =>
        Array.from({ length: classes }, (_, c) => 1000 * owners[word] + 10 * word + c)
      );
      assertEquals([...merged], expected);
    }),
    { seed: 1 },
  );
});

Deno.test("mergeWindows() gives no rows for no windows and refuses logits of another shape", () => {
  assertEquals(mergeWindows([], [], { classes: 3 }).length, 0);
  const windows = encode([1, 1], 8);
  assertEquals(
    assertThrows(() => mergeWindows(windows, [new Float32Array(5)], { classes: 3 }), RangeError).message,
    "Expected 2 x 3 logits for window 0 but found 5",
  );
  assertEquals(
    assertThrows(() => mergeWindows(windows, [], { classes: 3 }), RangeError).message,
    "Expected 2 x 3 logits for window 0 but found none",
  );
});
