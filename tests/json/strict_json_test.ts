import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseStrictJson } from "../../src/json/strict_json.ts";

Deno.test("parseStrictJson() gives what JSON.parse does or a SyntaxError, whatever order the characters have", () => {
  const piece = fc.constantFrom(...'{}[],:" '.split(""), '"a"', '"b":', "1", "-", "null", '"\\', "{}");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      let value: unknown;
      try {
        value = parseStrictJson(text);
      } catch (error) {
        assert(error instanceof SyntaxError, `${text}: ${error}`);
        return;
      }
      assertEquals(value, JSON.parse(text));
    }),
    { numRuns: 3000, seed: 1 },
  );
  for (const text of ['{}"a"', '[]"a"', '{}}"a":1']) assertThrows(() => parseStrictJson(text), SyntaxError);
});
