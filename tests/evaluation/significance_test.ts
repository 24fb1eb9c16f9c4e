import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DataError, OptionError } from "../../src/errors.ts";
import { pairedBootstrap } from "../../src/evaluation/paired_bootstrap.ts";
import { holm, signFlipInterval, signFlipTest } from "../../src/evaluation/significance.ts";
import golden from "../golden/significance.json" with { type: "json" };

Deno.test("signFlipTest() equals scipy.stats.permutation_test over all signs", () => {
  for (const [differences, p] of golden.signFlip as [number[], number][]) {
    assertAlmostEquals(signFlipTest(differences), p, 1e-12, `${differences}`);
  }
});

Deno.test("signFlipTest() with drawn signs is within four standard errors of all signs", () => {
  const differences = Array.from({ length: 20 }, (_, i) => ((i * 7) % 11) - 3.5);
  const exact = signFlipTest(differences);
  const drawn = signFlipTest([...differences, 0], { seed: 3 }); // a difference of 0 changes no sum
  assert(Math.abs(drawn - exact) < 4 * Math.sqrt(2 * exact / 100_000), `${drawn} ${exact}`);
});

Deno.test("signFlipTest() with drawn signs counts the observed ones, so that p is never 0", () => {
  // All of one sign: nothing that is drawn lies as far out.
  assertEquals(signFlipTest(Array(40).fill(1), { draws: 999 }), 2 / 1000);
});

Deno.test("signFlipInterval() holds exactly the effects that signFlipTest() does not reject", () => {
  const difference = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(difference, { minLength: 6, maxLength: 9 }), (differences) => {
      const { low, high } = signFlipInterval(differences);
      const pAt = (effect: number) => signFlipTest(differences.map((d) => d - effect));
      assert(pAt(low - 1e-6) <= 0.05 && pAt(high + 1e-6) <= 0.05);
      if (high - low > 1e-5) assert(pAt(low + 1e-6) > 0.05 && pAt(high - 1e-6) > 0.05);
    }),
    { seed: 5, numRuns: 50 },
  );
});

Deno.test("five differences bound no effect at 95 %, six lie between the smallest and the largest", () => {
  assertEquals(signFlipInterval([1, 2, 3, 4, 5]), { low: -Infinity, high: Infinity });
  assertEquals(signFlipInterval([1, 2, 3, 4, 5, 6]), { low: 1, high: 6 });
});

Deno.test("holm() multiplies the smallest p by the number of tests, and never reverses their order", () => {
  assertEquals(holm([0.02, 0.01, 0.03, 0.5]), [0.06, 0.04, 0.06, 0.5]);
  assertEquals(holm([0.6, 0.7]), [1, 1]);
  assertEquals(holm([]), []);
});

Deno.test("pairedBootstrap() agrees with scipy.stats.bootstrap on one pair, within a tenth of its standard error", () => {
  const { treatment, control, difference, low, high, standardError } = golden.bootstrap;
  const found = pairedBootstrap([{ dataset: "a", pairs: [{ treatment, control }] }]);
  assertAlmostEquals(found.difference, difference, 1e-12);
  assertAlmostEquals(found.low, low, standardError / 10);
  assertAlmostEquals(found.high, high, standardError / 10);
});

Deno.test("pairedBootstrap() draws sentences and seeds crossed, as a second writing in NumPy does", () => {
  const { seeds, low, high, standardError } = golden.crossed;
  const found = pairedBootstrap(seeds);
  assertAlmostEquals(found.low, low, standardError / 8);
  assertAlmostEquals(found.high, high, standardError / 8);
});

Deno.test("pairedBootstrap() counts every seed alike, in a data set of many seeds and in one of few", () => {
  const allRight = { gold: [1, 1], predicted: [1, 1], correct: [1, 1] };
  const allWrong = { ...allRight, correct: [0, 0] };
  const [won, same] = [allWrong, allRight].map((control) => [{ treatment: allRight, control }]);
  const seeds = [...Array(3).fill({ dataset: "a", pairs: won }), { dataset: "b", pairs: same }];
  assertEquals(pairedBootstrap(seeds, { resamples: 50 }), { difference: 0.75, low: 0.75, high: 0.75 });
});

Deno.test("pairedBootstrap() of a run with itself is 0, and its seed decides the interval", () => {
  const { treatment, control } = golden.bootstrap;
  const self = [{ dataset: "a", pairs: [{ treatment, control: treatment }] }];
  assertEquals(pairedBootstrap(self, { resamples: 100 }), { difference: 0, low: 0, high: 0 });
  const pair = [{ dataset: "a", pairs: [{ treatment, control }] }];
  const draw = (seed: number) => pairedBootstrap(pair, { seed, resamples: 100 });
  assertEquals(draw(1), draw(1));
  assert(draw(1).low !== draw(2).low);
});

Deno.test("what cannot be compared is refused", () => {
  const { treatment, control } = golden.bootstrap;
  const other = { ...control, gold: control.gold.map((n) => n + 1) };
  assertThrows(() => signFlipTest([]), OptionError, "at least one paired difference");
  assertThrows(() => signFlipTest([1, NaN]), OptionError, "finite paired differences but found NaN");
  assertThrows(() => pairedBootstrap([]), OptionError, "at least one pair of runs");
  assertThrows(
    () => pairedBootstrap([{ dataset: "swa", pairs: [{ treatment, control: other }] }]),
    DataError,
    "Expected all runs on swa to be tested on the same sentences",
  );
});
