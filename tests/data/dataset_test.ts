import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { sampleSentences } from "../../src/data/dataset.ts";
import { OptionError } from "../../src/errors.ts";

const items = Array.from({ length: 300 }, (_, i) => i);

Deno.test("sampleSentences() nests: for every n the sample of n + 1 contains the sample of n", () => {
  for (let n = 1; n < items.length; n++) {
    const larger = new Set(sampleSentences(items, n + 1, { seed: 7 }));
    assertEquals(sampleSentences(items, n, { seed: 7 }).filter((item) => !larger.has(item)), []);
  }
});

Deno.test("sampleSentences() keeps the original order", () => {
  const sample = sampleSentences(items, 50, { seed: 7 });
  assertEquals(sample.length, 50);
  assertEquals(sample, sample.toSorted((a, b) => a - b));
});

Deno.test("sampleSentences() depends on the seed and does not take the first n", () => {
  const samples = [1, 2].map((seed) => sampleSentences(items, 50, { seed }));
  assertNotEquals(samples[0], samples[1]);
  assertNotEquals(samples[0], items.slice(0, 50));
  assertEquals(sampleSentences(items, 50, { seed: 1 }), samples[0]);
});

Deno.test("sampleSentences() gives everything when asked for more than there is", () => {
  assertEquals(sampleSentences(items, 1000, { seed: 1 }), items);
  assertEquals(sampleSentences([], 3, { seed: 1 }), []);
});

Deno.test("sampleSentences() refuses sizes that are not positive integers", () => {
  for (const n of [0, -1, 2.5, NaN]) {
    assertEquals(
      assertThrows(() => sampleSentences(items, n, { seed: 1 }), OptionError).message,
      `Expected the size of a sample to be a positive integer but found ${n}`,
    );
  }
});
