import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { MASKED_SHARE, type MaskingStrategy } from "../../src/masking/strategy.ts";
import { maskingStrategies, maskingStrategy } from "../../src/masking/registry.ts";
import { maskableTokens, size } from "../../src/masking/word_rows.ts";
import { Random } from "../../src/random/random.ts";
import { corpus, type TaggedWindow, windowOf } from "./windows.ts";

/** Masked subwords over all subwords. */
function realisedShare(strategy: MaskingStrategy, windows: readonly TaggedWindow[], share?: number): number {
  let masked = 0;
  let all = 0;
  windows.forEach(({ encoded, tags }, i) => {
    const random = new Random(1, "share", strategy.name, i);
    for (const span of strategy.plan({ encoded, tags, random, share })) masked += size(span);
    all += maskableTokens(encoded);
  });
  return masked / all;
}

/** How many subwords of a window stand outside of mentions, as a share. */
function shareOutside({ encoded, tags }: TaggedWindow): number {
  const outside = encoded.wordOf.filter((word) => word >= 0 && tags[word] === "O");
  return outside.length / maskableTokens(encoded);
}

const lengths = [
  { name: "sentences of 1 to 5 words", windows: corpus(4000, { min: 1, max: 5 }) },
  { name: "sentences of 6 to 40 words", windows: corpus(1000, { min: 6, max: 40 }) },
  { name: "sentences of 200 to 400 words", windows: corpus(50, { min: 200, max: 400 }) },
];

for (const name of ["token", "word", "span", "entity"]) {
  for (const { name: corpusName, windows } of lengths) {
    Deno.test(`the strategy ${name} masks 15 +- 1 % of the subwords of ${corpusName}`, () => {
      assertAlmostEquals(realisedShare(maskingStrategy(name), windows), MASKED_SHARE, 0.01);
    });
  }
}

for (const name of ["token", "word", "span", "entity"]) {
  Deno.test(`the strategy ${name} masks another share, to 1 %, and all where all is asked for`, () => {
    for (const { windows } of lengths) {
      for (const share of [0.05, 0.3, 0.5, 1]) {
        assertAlmostEquals(realisedShare(maskingStrategy(name), windows, share), share, 0.01);
      }
    }
  });
}

for (const { name: corpusName, windows } of lengths) {
  Deno.test(`the strategy context masks 15 +- 1 % of ${corpusName} where that much is outside of mentions`, () => {
    const roomy = windows.filter((window) => shareOutside(window) >= MASKED_SHARE);
    assert(roomy.length > windows.length / 2);
    assertAlmostEquals(realisedShare(maskingStrategy("context"), roomy), MASKED_SHARE, 0.01);
  });
}

Deno.test("the strategy context masks all that mentions leave where that is less than 15 %", () => {
  const encoded = windowOf([1, 9, 1, 9]);
  const tags = ["O", "B-PER", "O", "B-LOC"];
  const plan = maskingStrategy("context").plan({ encoded, tags, random: new Random(1) });
  assertEquals(plan, [{ start: 1, end: 2 }, { start: 11, end: 12 }]);
});

Deno.test("none and prompt mask nothing", () => {
  for (const strategy of maskingStrategies.filter(({ masks }) => !masks)) {
    assertEquals(realisedShare(strategy, lengths[1].windows), 0);
  }
});
