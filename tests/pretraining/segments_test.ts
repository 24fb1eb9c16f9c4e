import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readSegment, segmentsOf } from "../../src/pretraining/segments.ts";
import { corpusOf } from "./text.ts";

async function linesBySegment(text: string): Promise<string[][]> {
  const corpus = await corpusOf(text);
  const segments = [];
  for (const segment of segmentsOf(corpus)) {
    const lines = await readSegment(corpus, segment);
    segments.push(lines.map(({ text }) => text));
    assertEquals(
      lines.map(({ bytes }) => bytes),
      lines.map(({ text }) => new TextEncoder().encode(text).length),
    );
  }
  return segments;
}

Deno.test("every line of a file is in exactly one segment, whole, in order", async () => {
  // Lengths around the 65,536 bytes of a segment, and its multiples.
  const length = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 65_530, max: 65_540 }),
    fc.integer({ min: 131_070, max: 131_080 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(length, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (lengths, ends) => {
        const text = "x" + lengths.map((length) => "a".repeat(length)).join("\n") + (ends ? "\n" : "");
        assertEquals((await linesBySegment(text)).flat(), text.match(/[^\n]*\n|[^\n]+$/g));
      },
    ),
    { seed: 5, numRuns: 60 },
  );
});

Deno.test("a line belongs to the segment that it begins in, and a letter of several bytes on the border stays whole", async () => {
  const first = "a".repeat(65_535) + "ẹ́ọ\n";
  assertEquals(await linesBySegment(first + "b\nc"), [[first], ["b\n", "c"]]);
});
