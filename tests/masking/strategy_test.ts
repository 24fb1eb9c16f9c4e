import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OptionError } from "../../src/errors.ts";
import { mentionsIn } from "../../src/masking/mentions.ts";
import { maskingStrategies, maskingStrategy } from "../../src/masking/registry.ts";
import type { TokenSpan } from "../../src/masking/strategy.ts";
import { Random } from "../../src/random/random.ts";
import { anyWindow, windowOf } from "./windows.ts";

const anyStream = fc.nat().map((seed) => () => new Random(seed, "masking"));
const wholeWords = ["word", "span", "entity", "context"].map(maskingStrategy);

/** The numbers of the words that lie in the plan, wholly or in part. */
function plannedWords(plan: readonly TokenSpan[], wordOf: readonly number[]): Set<number> {
  return new Set(plan.flatMap(({ start, end }) => wordOf.slice(start, end)));
}

for (const strategy of maskingStrategies) {
  Deno.test(`${strategy.name}: plans are in order, without overlap, off special tokens, and follow the stream`, () => {
    fc.assert(
      fc.property(anyWindow, anyStream, ({ encoded, tags }, stream) => {
        const plan = strategy.plan({ encoded, tags, random: stream() });
        let last = 0;
        for (const { start, end } of plan) {
          assert(last <= start && start < end && end <= encoded.ids.length);
          assert(encoded.wordOf.slice(start, end).every((word) => word >= 0));
          last = end;
        }
        assertEquals(strategy.plan({ encoded, tags, random: stream() }), plan);
      }),
      { seed: 1 },
    );
  });
}

for (const strategy of wholeWords) {
  Deno.test(`${strategy.name}: spans begin and end at word borders`, () => {
    fc.assert(
      fc.property(anyWindow, anyStream, ({ encoded, tags }, stream) => {
        for (const { start, end } of strategy.plan({ encoded, tags, random: stream() })) {
          assert(encoded.wordOf[start - 1] !== encoded.wordOf[start]);
          assert(encoded.wordOf[end - 1] !== encoded.wordOf[end]);
        }
      }),
      { seed: 2 },
    );
  });
}

/** The words of each mention that lie in the window, from the tags alone. */
function mentionWords(tags: readonly string[], wordOf: readonly number[]): number[][] {
  const mentions: number[][] = [];
  tags.forEach((tag, word) => {
    if (tag.startsWith("B-")) mentions.push([]);
    if (tag !== "O" && wordOf.includes(word)) mentions.at(-1)!.push(word);
  });
  return mentions.filter((words) => words.length > 0);
}

Deno.test("entity: masks mentions wholly or not at all, and other words only when all mentions are masked", () => {
  fc.assert(
    fc.property(anyWindow, anyStream, ({ encoded, tags }, stream) => {
      const plan = maskingStrategy("entity").plan({ encoded, tags, random: stream() });
      const masked = plannedWords(plan, encoded.wordOf);
      const mentions = mentionWords(tags, encoded.wordOf);
      const whole = mentions.filter((words) => words.every((word) => masked.has(word)));
      const touched = mentions.filter((words) => words.some((word) => masked.has(word)));
      assertEquals(whole, touched);
      if ([...masked].some((word) => tags[word] === "O")) assertEquals(whole.length, mentions.length);
    }),
    { seed: 3, numRuns: 500 },
  );
});

Deno.test("context: never touches a mention", () => {
  fc.assert(
    fc.property(anyWindow, anyStream, ({ encoded, tags }, stream) => {
      const plan = maskingStrategy("context").plan({ encoded, tags, random: stream() });
      for (const word of plannedWords(plan, encoded.wordOf)) assertEquals(tags[word], "O");
    }),
    { seed: 4, numRuns: 500 },
  );
});

Deno.test("entity: two mentions side by side are told apart", () => {
  const encoded = windowOf([1, 1, 1, 1, 1, 1]); // 0.9 subwords to spend: one mention, seldom
  const tags = ["O", "B-PER", "I-PER", "B-PER", "O", "O"];
  const plans = Array.from({ length: 300 }, (_, i) => {
    return JSON.stringify(maskingStrategy("entity").plan({ encoded, tags, random: new Random(5, i) }));
  });
  assertEquals(new Set(plans), new Set(["[]", '[{"start":2,"end":4}]', '[{"start":4,"end":5}]']));
});

Deno.test("an I- that continues nothing begins a mention: at the start, after O, and after another type", () => {
  const tags = ["I-PER", "I-PER", "O", "I-LOC", "B-PER", "I-LOC", "I-LOC", "B-LOC"];
  const words = tags.map((_, word) => ({ word, start: word, end: word + 1 }));
  assertEquals(mentionsIn(words, tags), [[0, 1], [3], [4], [5, 6], [7]]);
});

Deno.test("entity and context: ask for tags on text without tags", () => {
  for (const name of ["entity", "context"]) {
    assertThrows(
      () => maskingStrategy(name).plan({ encoded: windowOf([1]), random: new Random(1) }),
      OptionError,
      "found text without tags: use masking span there",
    );
    assertThrows(
      () =>
        maskingStrategy(name).plan({ encoded: windowOf([1], 2), tags: ["O", "O"], random: new Random(1) }),
      RangeError,
      "Expected a tag for each of the 3 words but found 2 tags",
    );
  }
});
