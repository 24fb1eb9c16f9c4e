import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { planBatches } from "../../src/data/batching.ts";
import { OptionError } from "../../src/errors.ts";
import { Random } from "../../src/random/random.ts";

const options = { batchTokens: 512, seed: 1, epoch: 0 };
const random = new Random(1, "lengths");
/** Lengths as sentences have them: 5 to 100 tokens, short ones more often. */
const lengths = Array.from({ length: 2000 }, () => 5 + Math.floor(95 * random.uniform() ** 2));
const tokens = (batch: number[]) => batch.reduce((sum, i) => sum + lengths[i], 0);

Deno.test("planBatches() takes every example once and keeps to the budget except for single long examples", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 60 })),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0, max: 5 }),
      (lengths, batchTokens, epoch) => {
        const batches = planBatches(lengths, { batchTokens, seed: 3, epoch });
        assertEquals(batches.flat().sort((a, b) => a - b), lengths.map((_, i) => i));
        for (const batch of batches) {
          const total = batch.reduce((sum, i) => sum + lengths[i], 0);
          assert(batch.length === 1 || total <= batchTokens);
        }
      },
    ),
    { seed: 1 },
  );
});

Deno.test("planBatches() depends on seed and epoch alone", () => {
  const first = planBatches(lengths, options);
  assertEquals(planBatches(lengths, options), first);
  assertNotEquals(planBatches(lengths, { ...options, epoch: 1 }), first);
  assertNotEquals(planBatches(lengths, { ...options, seed: 2 }), first);
});

Deno.test("planBatches() puts sequences of like length together: spread inside a batch under a third of the data's", () => {
  const spread = (values: number[]) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  };
  const batches = planBatches(lengths, options);
  const within = batches.map((batch) => spread(batch.map((i) => lengths[i])));
  assert(within.reduce((a, b) => a + b) / batches.length < spread(lengths) / 3);
});

Deno.test("planBatches() fills its batches: all but one hold more than the budget less the longest example", () => {
  const notFull = planBatches(lengths, options).filter((batch) => tokens(batch) <= 512 - 100);
  assert(notFull.length <= 1, `${notFull.length} batches are not full`);
});

Deno.test("planBatches() mixes the lengths over the epoch and the companions between epochs", () => {
  const means = planBatches(lengths, options).map((batch) => tokens(batch) / batch.length);
  const falls = means.filter((mean, i) => i > 0 && mean < means[i - 1]).length;
  assert(falls > means.length / 4 && falls < 3 * means.length / 4);
  const small = lengths.slice(0, 100);
  const sets = [0, 1].map((epoch) =>
    planBatches(small, { ...options, epoch }).map((b) => b.toSorted((x, y) => x - y).join())
  );
  assertEquals(sets[1].filter((batch) => sets[0].includes(batch)), []);
});

Deno.test("planBatches() gives no batches for no examples", () => {
  assertEquals(planBatches([], options), []);
});

Deno.test("planBatches() refuses a budget that is not a positive integer", () => {
  for (const batchTokens of [0, -1, 1.5, NaN]) {
    assertEquals(
      assertThrows(() => planBatches([1], { ...options, batchTokens }), OptionError).message,
      `Expected batchTokens to be a positive integer but found ${batchTokens}`,
    );
  }
});
