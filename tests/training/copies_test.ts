import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { copiesAt, copyStreams } from "../../src/training/copies.ts";

const always = { maskFrom: 0, annealFrom: 1, seed: 3 };

/** First numbers of the streams of so many windows, `[windows][copies]`. */
function drawn(maskedCopies: number, windows: number): number[][] {
  const settings = { ...always, maskedCopies };
  return Array.from(
    { length: windows },
    (_, window) =>
      copyStreams(settings, { epoch: 2, progress: 0.5, window }).map((random) => random.uint32()),
  );
}

Deno.test("a window has the masked copies that it is to have, each with a stream of its own", () => {
  for (const copies of [1, 2, 5]) {
    const numbers = drawn(copies, 200);
    assert(numbers.every(({ length }) => length === copies));
    assertEquals(new Set(numbers.flat()).size, copies * 200);
  }
});

Deno.test("a number of masked copies that is not whole is right on average", () => {
  for (const copies of [0.25, 1.5, 2.9]) {
    const lengths = drawn(copies, 5000).map(({ length }) => length);
    assert(lengths.every((length) => length === Math.floor(copies) || length === Math.ceil(copies)));
    assertAlmostEquals(lengths.reduce((sum, length) => sum + length, 0) / 5000, copies, 0.03);
  }
});

Deno.test("what a copy masks does not depend on how many copies there are", () => {
  const many = drawn(3, 100);
  for (const copies of [0.5, 1, 2.5]) {
    drawn(copies, 100).forEach((numbers, i) => assertEquals(numbers, many[i].slice(0, numbers.length)));
  }
});

Deno.test("unless there is a schedule, there are as many masked copies in every step", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (progress) => assertEquals(copiesAt({ ...always, maskedCopies: 1.3 }, progress), 1.3),
    ),
    { seed: 1 },
  );
});

Deno.test("masked copies begin after a share of the steps, and become rarer from another one on, to none", () => {
  const copiesOver = (maskFrom: number, annealFrom: number) =>
    [0, 0.2, 0.4, 0.6, 0.8, 0.99].map((progress) =>
      Math.round(1e3 * copiesAt({ maskedCopies: 2, maskFrom, annealFrom }, progress)) / 1e3
    );
  assertEquals(copiesOver(0.4, 1), [0, 0, 2, 2, 2, 2]);
  assertEquals(copiesOver(0, 0), [2, 1.6, 1.2, 0.8, 0.4, 0.02]);
  assertEquals(copiesOver(0, 0.6), [2, 2, 2, 2, 1, 0.05]);
  assertEquals(copiesOver(0.2, 0.6), [0, 2, 2, 2, 1, 0.05]);
  assertEquals(copiesOver(0.8, 0.6), [0, 0, 0, 0, 1, 0.05]);
  assertEquals(copiesOver(1, 1), [0, 0, 0, 0, 0, 0]);
});
