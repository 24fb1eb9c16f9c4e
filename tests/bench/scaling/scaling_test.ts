import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { scalingBatches, squaredLengths } from "../../../bench/scaling/scaling_batches.ts";
import { fitLine } from "../../../bench/scaling/scaling_fit.ts";

const sum = (lengths: readonly number[]) => lengths.reduce((sum, length) => sum + length, 0);

Deno.test("points on a line give its slope and intercept, and none is off", () => {
  const { slope, intercept, fitted, largestDeviation } = fitLine([[1, 5], [2, 7], [10, 23]]);
  assertAlmostEquals(slope, 2, 1e-12);
  assertAlmostEquals(intercept, 3, 1e-12);
  fitted.forEach((time, i) => assertAlmostEquals(time, [5, 7, 23][i], 1e-12));
  assertAlmostEquals(largestDeviation, 0, 1e-12);
});

Deno.test("the largest deviation is a share of the line at that point, whichever side it is on", () => {
  // The line is 2 everywhere: no slope, and the mean as intercept.
  assertAlmostEquals(fitLine([[0, 2], [1, 1], [1, 3], [2, 2]]).largestDeviation, 0.5, 1e-12);
});

for (const longest of [256, 512]) {
  Deno.test(`batches have 128 to 2048 tokens, and no sequence is longer than the ${longest} that a model takes`, () => {
    const batches = scalingBatches(longest);
    const tokens = batches.map(({ lengths }) => sum(lengths));
    assertEquals(tokens, [128, 256, 512, 1024, 1536, 2048, 1024, 1024, 1024]);
    for (const { lengths } of batches) assert(lengths.every((length) => length > 0 && length <= longest));
    assertEquals(batches.at(-1)!.lengths[0], longest);
  });
}

Deno.test("as many tokens in longer sequences have larger squares", () => {
  assertEquals(squaredLengths([3, 4]), 25);
  const squares = scalingBatches(512).filter(({ lengths }) => sum(lengths) === 1024)
    .slice(0, 3).map(({ lengths }) => squaredLengths(lengths));
  assertEquals(squares, squares.toSorted((a, b) => a - b));
});
