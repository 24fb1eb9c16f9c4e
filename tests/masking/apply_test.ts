import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OptionError } from "../../src/errors.ts";
import { applyMask } from "../../src/masking/apply.ts";
import { spanMasking } from "../../src/masking/span.ts";
import { Random } from "../../src/random/random.ts";
import { chiSquare } from "../random/chi_square.ts";
import { anyWindow, vocabulary, windowOf } from "./windows.ts";

Deno.test("applyMask() changes planned rows only and tells what stood there", () => {
  fc.assert(
    fc.property(anyWindow, fc.nat(), ({ encoded }, seed) => {
      const plan = spanMasking.plan({ encoded, random: new Random(seed, "plan") });
      const masked = applyMask(encoded, plan, { ...vocabulary, random: new Random(seed, "apply") });
      const restored = [...masked.ids];
      masked.maskedRows.forEach((row, i) => restored[row] = masked.originalIds[i]);
      assertEquals(restored, encoded.ids);
      assertEquals(masked.maskedRows, plan.flatMap(({ start, end }) => rows(start, end)));
      for (const { before, after } of masked.spans) {
        assertEquals([masked.ids[before], masked.ids[after]], [encoded.ids[before], encoded.ids[after]]);
      }
    }),
    { seed: 1 },
  );
});

Deno.test("applyMask() decides once a span: 80 % masks, 10 % random pieces, 10 % kept", () => {
  const encoded = windowOf([3]);
  const random = new Random(1, "apply");
  const counts = [0, 0, 0];
  for (let i = 0; i < 10_000; i++) {
    const { ids } = applyMask(encoded, [{ start: 1, end: 4 }], { ...vocabulary, random });
    const masks = ids.filter((id) => id === vocabulary.maskId).length;
    assert(masks === 0 || masks === 3);
    if (masks === 3) counts[0]++;
    else if (ids.join() === encoded.ids.join()) counts[2]++;
    else counts[1]++;
  }
  assert(chiSquare(counts, [0.8, 0.1, 0.1]) < 13.8); // 2 degrees of freedom, 0.999
});

Deno.test("applyMask() takes random pieces from the whole vocabulary, but no special token", () => {
  const encoded = windowOf([50]);
  const specialIds = new Set([0, 3, 4, 9]);
  const seen = new Set<number>();
  for (let i = 0; i < 300; i++) {
    const { ids } = applyMask(encoded, [{ start: 1, end: 51 }], {
      maskId: 4,
      vocabSize: 10,
      specialIds,
      random: new Random(i),
    });
    for (const id of ids.slice(1, 51)) if (id < 100) seen.add(id);
  }
  assertEquals([...seen].sort(), [1, 2, 4, 5, 6, 7, 8]); // 4 is the mask itself
});

Deno.test("applyMask() gives the rows on both sides of a span", () => {
  const { spans } = applyMask(windowOf([2, 1, 1]), [{ start: 1, end: 3 }, { start: 4, end: 5 }], {
    ...vocabulary,
    random: new Random(1),
  });
  assertEquals(spans, [{ start: 1, end: 3, before: 0, after: 3 }, { start: 4, end: 5, before: 3, after: 5 }]);
});

Deno.test("applyMask() refuses a vocabulary of special tokens alone", () => {
  assertThrows(
    () =>
      applyMask(windowOf([1]), [], {
        maskId: 0,
        vocabSize: 2,
        specialIds: new Set([0, 1]),
        random: new Random(1),
      }),
    OptionError,
    "Expected a vocabulary of more than its 2 special tokens",
  );
});

function rows(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
