import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { promptEncoded, promptTokenLimit } from "../../src/masking/prompt.ts";
import { anyWindow, windowOf } from "./windows.ts";

Deno.test("promptEncoded() puts a mask before each word and moves the label rows there", () => {
  assertEquals(promptEncoded(windowOf([1, 2], 5), 4), {
    ids: [1, 4, 100, 4, 101, 102, 2],
    wordOf: [-1, -1, 5, -1, 6, 6, -1],
    labelRows: [1, 3],
    words: ["word5", "word6"],
    firstWord: 5,
  });
});

Deno.test("promptEncoded() keeps the window between its masks, and fits when cut with promptTokenLimit()", () => {
  fc.assert(
    fc.property(anyWindow, ({ encoded }) => {
      const prompted = promptEncoded(encoded, 4);
      const prompts = new Set(prompted.labelRows);
      assertEquals(prompted.ids.filter((_, row) => !prompts.has(row)), encoded.ids);
      assertEquals(prompted.wordOf.filter((_, row) => !prompts.has(row)), encoded.wordOf);
      assertEquals(
        prompted.labelRows.map((row) => prompted.wordOf[row + 1]),
        encoded.labelRows.map((row) => encoded.wordOf[row]),
      );
      for (const maxTokens of [2 * encoded.ids.length, 2 * encoded.ids.length + 1]) {
        assertEquals(promptTokenLimit(maxTokens), encoded.ids.length);
        assert(prompted.ids.length <= maxTokens);
      }
    }),
    { seed: 1 },
  );
});
