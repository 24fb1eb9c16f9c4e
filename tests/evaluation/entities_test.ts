import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DataError } from "../../src/errors.ts";
import { entitiesOf, type Entity } from "../../src/data/entities.ts";
import { mentionText, mentionTexts } from "../../src/evaluation/entities.ts";
import { type Golden, readGolden, tagsOf } from "./seqeval.ts";

const asGolden = (entities: Entity[]) =>
  entities.map(({ type, start, end }) => `${type}${start}${end}`).join(" ");

Deno.test("entitiesOf() reads all 780 tag strings of up to 4 words as seqeval does, strict and lenient", async () => {
  const { strings } = await readGolden<Golden>("seqeval.json");
  assertEquals(Object.keys(strings).length, 780);
  for (const [letters, [strict, lenient]] of Object.entries(strings)) {
    assertEquals(asGolden(entitiesOf(tagsOf(letters), "strict")), strict, `${letters}, strict`);
    assertEquals(asGolden(entitiesOf(tagsOf(letters), "lenient")), lenient, `${letters}, lenient`);
  }
});

Deno.test("entitiesOf() ignores an I- that continues nothing when strict, and opens an entity when lenient", () => {
  const tags = ["I-PER", "B-LOC", "I-ORG", "I-ORG"];
  assertEquals(entitiesOf(tags, "strict"), [{ type: "LOC", start: 1, end: 2 }]);
  assertEquals(entitiesOf(tags, "lenient"), [
    { type: "PER", start: 0, end: 1 },
    { type: "LOC", start: 1, end: 2 },
    { type: "ORG", start: 2, end: 4 },
  ]);
});

Deno.test("entitiesOf() gives back the entities that a legal tag sequence was written from, in both readings", () => {
  const piece = fc.record({
    type: fc.constantFrom("PER", "LOC", "B-side", "__proto__"),
    gap: fc.nat(2),
    length: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const tags: string[] = [];
      const entities = pieces.map(({ type, gap, length }) => {
        tags.push(...Array(gap).fill("O"));
        const start = tags.length;
        tags.push(`B-${type}`, ...Array(length - 1).fill(`I-${type}`));
        return { type, start, end: tags.length };
      });
      assertEquals(entitiesOf(tags, "strict"), entities);
      assertEquals(entitiesOf(tags, "lenient"), entities);
    }),
    { seed: 1 },
  );
});

Deno.test("entitiesOf() names word and sentence of a tag that is not IOB2", () => {
  for (const tag of ["", "B", "B-", "I-", "E-PER", "BPER", "o"]) {
    assertThrows(
      () => entitiesOf(["O", tag], "strict", { where: "gold sentence 7" }),
      DataError,
      `found ${JSON.stringify(tag)} at word 2 of gold sentence 7`,
    );
  }
});

Deno.test("mentionTexts() collects the words of every mention, joined by one space", () => {
  const words = ["Bw.", "Juma", "Mwinyi", "yuko", "Tanga"];
  const tags = ["O", "B-PER", "I-PER", "O", "B-LOC"];
  assertEquals(mentionText(words, { type: "PER", start: 1, end: 3 }), "Juma Mwinyi");
  assertEquals(mentionTexts([{ words, tags }]), new Set(["Juma Mwinyi", "Tanga"]));
});
