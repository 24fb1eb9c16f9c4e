import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { copyStreams } from "../../src/training/copies.ts";

/** First numbers of the streams of so many windows, `[windows][copies]`. */
function drawn(maskedCopies: number, windows: number): number[][] {
  return Array.from(
    { length: windows },
    (_, window) =>
      copyStreams({ maskedCopies, seed: 3 }, { epoch: 2, window }).map((random) => random.uint32()),
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
