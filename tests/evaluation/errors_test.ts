import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { entitiesOf } from "../../src/data/entities.ts";
import { countErrors, ERROR_KINDS, matchEntities } from "../../src/evaluation/errors.ts";

/** The kinds that two tag sequences give, with "gold>predicted" words of each finding. */
function findings(gold: string, predicted: string): string[] {
  const span = (entity?: { start: number; end: number }) => entity ? `${entity.start}-${entity.end}` : "";
  const read = (tags: string) => entitiesOf(tags.split(" "), "strict");
  return matchEntities(read(gold), read(predicted)).map((match) =>
    `${match.kind} ${span("gold" in match ? match.gold : undefined)}>${
      span("predicted" in match ? match.predicted : undefined)
    }`
  );
}

Deno.test("a predicted entity with the gold words is correct or has the wrong type", () => {
  assertEquals(findings("B-PER I-PER O", "B-PER I-PER O"), ["correct 0-2>0-2"]);
  assertEquals(findings("B-PER I-PER O", "B-ORG I-ORG O"), ["wrongType 0-2>0-2"]);
});

Deno.test("a predicted entity of the right type is too short, too long or shifted", () => {
  assertEquals(findings("B-PER I-PER I-PER O", "B-PER I-PER O O"), ["tooShort 0-3>0-2"]);
  assertEquals(findings("B-PER I-PER I-PER O", "O B-PER O O"), ["tooShort 0-3>1-2"]);
  assertEquals(findings("O B-PER O O", "B-PER I-PER I-PER O"), ["tooLong 1-2>0-3"]);
  assertEquals(findings("B-PER I-PER O O", "O B-PER I-PER O"), ["shifted 0-2>1-3"]);
});

Deno.test("overlap with the wrong type is both, no overlap is missed and invented", () => {
  assertEquals(findings("B-PER I-PER O", "B-ORG O O"), ["both 0-2>0-1"]);
  assertEquals(findings("B-PER O O", "O O B-PER"), ["missed 0-1>", "invented >2-3"]);
});

Deno.test("a prediction over two gold entities has one partner: right type first, then the larger overlap", () => {
  assertEquals(findings("B-ORG I-ORG B-PER", "B-PER I-PER I-PER"), ["tooLong 2-3>0-3", "missed 0-2>"]);
  assertEquals(findings("B-PER B-PER I-PER", "B-PER I-PER I-PER"), ["tooLong 1-3>0-3", "missed 0-1>"]);
  assertEquals(findings("B-PER B-PER", "B-PER I-PER"), ["tooLong 0-1>0-2", "missed 1-2>"]);
});

Deno.test("a sentence of many entities takes time in proportion to them", () => {
  const tags = Array<string>(100_000).fill("B-LOC"); // all pairs would be 10^10
  const entities = entitiesOf(tags, "strict");
  assertEquals(countErrors([entities], [entities.slice(1)]).correct, 99_999);
});

Deno.test("a gold entity split in two has one partner, and the other half is invented", () => {
  assertEquals(findings("B-LOC I-LOC I-LOC", "B-LOC B-LOC I-LOC"), ["tooShort 0-3>1-3", "invented >0-1"]);
  assertEquals(findings("B-LOC I-LOC", "B-LOC B-PER"), ["tooShort 0-2>0-1", "invented >1-2"]);
});

const tag = fc.constantFrom("O", "B-X", "I-X", "B-Y", "I-Y");

Deno.test("every gold and every predicted entity is in exactly one finding, and the counts add up", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(tag, tag), { maxLength: 12 }), (rows) => {
      const gold = entitiesOf(rows.map(([g]) => g), "lenient");
      const predicted = entitiesOf(rows.map(([, p]) => p), "lenient");
      const matches = matchEntities(gold, predicted);
      const side = (name: "gold" | "predicted") =>
        matches.flatMap((match) => name in match ? [(match as Record<string, unknown>)[name]] : []);
      assertEquals(new Set(side("gold")), new Set(gold));
      assertEquals(side("gold").length, gold.length);
      assertEquals(new Set(side("predicted")), new Set(predicted));
      assertEquals(side("predicted").length, predicted.length);

      const counts = countErrors([gold], [predicted]);
      const total = ERROR_KINDS.reduce((sum, kind) => sum + counts[kind], 0);
      assertEquals(total - counts.invented, gold.length);
      assertEquals(total - counts.missed, predicted.length);
      const same = gold.filter((g) =>
        predicted.some((p) => p.type === g.type && p.start === g.start && p.end === g.end)
      );
      assertEquals(counts.correct, same.length);
    }),
    { seed: 6, numRuns: 500 },
  );
});

Deno.test("identical sentences have no errors", () => {
  fc.assert(
    fc.property(fc.array(tag), (tags) => {
      const entities = entitiesOf(tags, "strict");
      const { correct, ...others } = countErrors([entities], [entities]);
      assertEquals(correct, entities.length);
      assertEquals(Object.values(others).every((count) => count === 0), true);
    }),
    { seed: 7 },
  );
});
