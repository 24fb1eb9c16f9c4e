import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { Random } from "../../src/random/random.ts";
import { chiSquare } from "./chi_square.ts";

const words = (random: Random, n = 8) => Array.from({ length: n }, () => random.uint32());

Deno.test("Random gives the same numbers for the same address, whatever else is drawn", () => {
  const alone = words(new Random(13, "masking", 2, 7));
  const [a, b] = [new Random(13, "masking", 2, 7), new Random(13, "masking", 2, 8)];
  const interleaved = alone.map(() => (b.uint32(), a.uint32()));
  assertEquals(interleaved, alone);
});

Deno.test("Random keeps its numbers from one version of Lacuna to the next", () => {
  assertEquals(words(new Random(0), 4), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  assertEquals(words(new Random(13, "masking", 2, 7), 2), [0xdedf0663, 0x467a91c0]);
});

Deno.test("Random gives other numbers when any part of the address changes", () => {
  const addresses: [number, ...(string | number)[]][] = [
    [1],
    [2],
    [1, "order"],
    [1, "masking"],
    [1, 1],
    [1, "1"],
    [1, 1, 2],
    [1, 2, 1],
    [1, 0],
    [1, 0, 0],
    [1, ""],
  ];
  const first = addresses.map(([seed, ...stream]) => words(new Random(seed, ...stream), 2).join());
  assertEquals(new Set(first).size, addresses.length);
});

Deno.test("Random refuses seeds and path numbers that are not integers from 0 to 2^32 - 1", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 32]) {
    assertThrows(
      () => new Random(seed),
      OptionError,
      `Expected the seed to be an integer from 0 to 4294967295 but found ${seed}`,
    );
    assertThrows(
      () => new Random(1, "masking", seed),
      OptionError,
      "a number in the path of a random stream",
    );
  }
});

Deno.test("uniform() lies in [0, 1) with mean 1/2 and variance 1/12", () => {
  const random = new Random(1, "uniform");
  const values = Array.from({ length: 100_000 }, () => random.uniform());
  assert(values.every((value) => value >= 0 && value < 1));
  assertAlmostEquals(mean(values), 1 / 2, 0.004);
  assertAlmostEquals(mean(values.map((value) => (value - 1 / 2) ** 2)), 1 / 12, 0.001);
});

Deno.test("integer() is uniform, also where a remainder of 32 bits would be biased by a half", () => {
  const random = new Random(2, "integer");
  const dice = new Array(7).fill(0);
  for (let i = 0; i < 70_000; i++) dice[random.integer(7)]++;
  assert(chiSquare(dice, new Array(7).fill(1 / 7)) < 22.5); // 6 degrees of freedom, 0.999

  const thirds = [0, 0, 0]; // a plain remainder would give the first third 1/2 of the draws
  for (let i = 0; i < 30_000; i++) thirds[Math.floor(random.integer(3 * 2 ** 30) / 2 ** 30)]++;
  assert(chiSquare(thirds, [1 / 3, 1 / 3, 1 / 3]) < 13.8); // 2 degrees of freedom, 0.999
});

Deno.test("integer() refuses an empty range", () => {
  for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
    assertThrows(() => new Random(1).integer(n), RangeError, `from 1 to 2^32 but found ${n}`);
  }
});

Deno.test("geometric() follows the renormalised distribution", () => {
  const random = new Random(3, "geometric");
  const weights = [2, 3, 4, 5].map((k) => 0.4 * 0.6 ** (k - 2));
  const total = weights.reduce((a, b) => a + b);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 50_000; i++) counts[random.geometric(0.4, { min: 2, max: 5 }) - 2]++;
  assert(chiSquare(counts, weights.map((weight) => weight / total)) < 16.3); // 3 degrees of freedom, 0.999
});

Deno.test("geometric() gives min for p = 1 and for a range of one", () => {
  const random = new Random(4);
  for (let i = 0; i < 100; i++) {
    assertEquals(random.geometric(1, { min: 3, max: 9 }), 3);
    assertEquals(random.geometric(0.01, { min: 3, max: 3 }), 3);
  }
  assertThrows(() => random.geometric(0, { min: 1, max: 2 }), RangeError, "Expected 0 < p <= 1");
});

Deno.test("normal() has mean 0, variance 1, no skew, kurtosis 3, and is always finite", () => {
  const random = new Random(5, "normal");
  const values = Array.from({ length: 200_000 }, () => random.normal());
  assert(values.every((value) => Math.abs(value) < 6.7));
  const moments = [1, 2, 3, 4].map((k) => mean(values.map((value) => value ** k)));
  [0, 1, 0, 3].forEach((expected, k) => assertAlmostEquals(moments[k], expected, 0.08));
});

Deno.test("shuffle() leaves its argument alone and gives all orders alike", () => {
  const random = new Random(6, "shuffle");
  const items = [1, 2, 3, 4];
  const counts = new Map<string, number>();
  for (let i = 0; i < 48_000; i++) {
    const order = random.shuffle(items).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(items, [1, 2, 3, 4]);
  assertEquals(counts.size, 24);
  assert(chiSquare([...counts.values()], new Array(24).fill(1 / 24)) < 49.7); // 23 degrees of freedom, 0.999
  assertNotEquals(
    random.shuffle(Array.from({ length: 20 }, (_, i) => i)),
    Array.from({ length: 20 }, (_, i) => i),
  );
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
