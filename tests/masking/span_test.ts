import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { spanLength, spanMasking } from "../../src/masking/span.ts";
import { Random } from "../../src/random/random.ts";
import { chiSquare } from "../random/chi_square.ts";
import { corpus, windowOf } from "./windows.ts";

Deno.test("spanLength() is geometric with p = 0.2 over 1 to 10 words, renormalised, with mean 3.797", () => {
  const random = new Random(1, "length");
  const counts = new Array(10).fill(0);
  const draws = 100_000;
  for (let i = 0; i < draws; i++) counts[spanLength(random) - 1]++;

  const weights = counts.map((_, k) => 0.2 * 0.8 ** k);
  const total = weights.reduce((sum, weight) => sum + weight);
  assert(chiSquare(counts, weights.map((weight) => weight / total)) < 27.9); // 9 degrees of freedom, 0.999
  const mean = counts.reduce((sum, count, k) => sum + count * (k + 1), 0) / draws;
  assertAlmostEquals(mean, 3.797, 0.03);
});

Deno.test("span spans touch neither one another nor special tokens", () => {
  corpus(300, { min: 1, max: 60 }).forEach(({ encoded }, i) => {
    let last = -1;
    for (const { start, end } of spanMasking.plan({ encoded, random: new Random(2, i) })) {
      assert(start > last && end > start);
      assert(encoded.wordOf.slice(start, end).every((word) => word >= 0));
      last = end;
    }
  });
});

Deno.test("span reaches every word of a sentence, first and last ones too", () => {
  const encoded = windowOf(new Array(12).fill(1));
  const reached = new Array(14).fill(0);
  for (let i = 0; i < 3000; i++) {
    for (const { start, end } of spanMasking.plan({ encoded, random: new Random(3, i) })) {
      for (let row = start; row < end; row++) reached[row]++;
    }
  }
  assert(reached.slice(1, 13).every((count) => count > 200));
  assertEquals([reached[0], reached[13]], [0, 0]);
});

Deno.test("span masks one word at most where 15 % are less than one subword", () => {
  const encoded = windowOf([1, 1, 1]);
  const sizes = Array.from({ length: 200 }, (_, i) => {
    return spanMasking.plan({ encoded, random: new Random(4, i) }).reduce(
      (sum, { start, end }) => sum + end - start,
      0,
    );
  });
  assertEquals(new Set(sizes), new Set([0, 1]));
});
