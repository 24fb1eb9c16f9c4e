import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { nameWordMasking } from "../../src/augmentation/name_words.ts";
import { wordRows } from "../../src/masking/word_rows.ts";
import { Random } from "../../src/random/random.ts";
import { anyWindow, corpus } from "../masking/windows.ts";

Deno.test("whole words of names are masked, at least one where there is any, and no other word", () => {
  fc.assert(
    fc.property(anyWindow, fc.nat(), ({ encoded, tags }, seed) => {
      const names = wordRows(encoded).filter(({ word }) => tags[word] !== "O");
      const plan = nameWordMasking.plan({ encoded, tags, share: 0.5, random: new Random(seed) });
      assertEquals(plan.length > 0, names.length > 0);
      const rows = plan.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
      for (const { start, end } of names) {
        const masked = rows.filter((row) => start <= row && row < end).length;
        assert(masked === 0 || masked === end - start);
      }
      assert(rows.every((row) => tags[encoded.wordOf[row]] !== "O"));
    }),
    { seed: 1 },
  );
});

Deno.test("the share is one of the words of names, a little more where a sentence has few", () => {
  const sentences = corpus(2000, { min: 20, max: 40 });
  for (const [share, most] of [[0.5, 0.06], [0.7, 0.02]]) {
    let [masked, all] = [0, 0];
    sentences.forEach(({ encoded, tags }, i) => {
      const plan = nameWordMasking.plan({ encoded, tags, share, random: new Random(1, i) });
      const chosen = new Set(plan.flatMap(({ start, end }) => encoded.wordOf.slice(start, end)));
      masked += chosen.size;
      all += wordRows(encoded).filter(({ word }) => tags[word] !== "O").length;
    });
    assertAlmostEquals(masked / all, share + most / 2, most / 2 + 0.01);
  }
});
