import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { prefixedTag, recogniseScheme, type Scheme, toIob2, unprefixedTag } from "../../src/data/scheme.ts";

/** Mentions of two sentences in every scheme; in IO the two that touch are one. */
const IOB2 = ["O B-PER I-PER I-PER B-PER B-LOC O", "B-ORG I-ORG O"];
const WRITTEN: Readonly<Record<Scheme, readonly string[]>> = {
  IOB1: ["O I-PER I-PER I-PER B-PER I-LOC O", "I-ORG I-ORG O"],
  IOB2,
  IOE1: ["O I-PER I-PER E-PER I-PER I-LOC O", "I-ORG I-ORG O"],
  IOE2: ["O I-PER I-PER E-PER E-PER E-LOC O", "I-ORG E-ORG O"],
  BIOES: ["O B-PER I-PER E-PER S-PER S-LOC O", "B-ORG E-ORG O"],
  BILOU: ["O B-PER I-PER L-PER U-PER U-LOC O", "B-ORG L-ORG O"],
  BMES: ["O B-PER M-PER E-PER S-PER S-LOC O", "B-ORG E-ORG O"],
  IO: ["O PER PER PER PER LOC O", "ORG ORG O"],
};
const split = (sentences: readonly string[]) => sentences.map((tags) => tags.split(" "));

Deno.test("every scheme but IO is recognised from its tags, and all of them become IOB2", () => {
  for (const [scheme, sentences] of Object.entries(WRITTEN) as [Scheme, readonly string[]][]) {
    const io = scheme === "IO";
    const tags = split(sentences).map((row) => row.map((tag) => io ? unprefixedTag(tag) : prefixedTag(tag)!));
    if (!io) assertEquals(recogniseScheme(tags), scheme);
    const touching = io ? [IOB2[0].replace("I-PER B-PER", "I-PER I-PER"), IOB2[1]] : IOB2;
    assertEquals(tags.map((row) => toIob2(row, scheme).join(" ")), touching, scheme);
  }
});

Deno.test("BMEWO is BMES with another letter for mentions of one word", () => {
  const tags = split(["B-PER M-PER E-PER O W-LOC"]);
  assertEquals(recogniseScheme(tags), "BMES");
  assertEquals(toIob2(tags[0], "BMES"), ["B-PER", "I-PER", "I-PER", "O", "B-LOC"]);
});

Deno.test("no scheme explains letters of two", () => {
  for (const tags of ["S-A U-A", "B-A I-A M-A E-A", "L-A E-A", "M-A L-A"]) {
    assertEquals(recogniseScheme(split([tags])), undefined, tags);
  }
});

Deno.test("a file of O and of stray tags has the scheme of its letters", () => {
  const scheme = (...sentences: string[]) => recogniseScheme(split(sentences));
  assertEquals(scheme("O O"), "IOB2");
  assertEquals(scheme("I-A O", "B-A"), "IOB2");
  assertEquals(scheme("I-A E-B"), "IOE2");
  assertEquals(scheme("S-A O"), "BIOES");
});

Deno.test("tags are read as people write them: underscores, OUT, hyphens and spaces in types", () => {
  const written = ["O", "OUT", "B_PER", "I-geo-loc", "B-geo_loc", "E-art work", "W-人"];
  assertEquals(written.map(prefixedTag), ["O", "O", "B-PER", "I-geo-loc", "B-geo_loc", "E-art work", "W-人"]);
  for (const tag of ["PER", "B-", "B_", "b-PER", "X-PER", "o", "", "-", "BPER", "person-actor"]) {
    assertEquals(prefixedTag(tag), undefined, tag);
  }
  assertEquals(["OUT", "person-actor"].map(unprefixedTag), ["O", "I-person-actor"]);
});

Deno.test("what is legal in a scheme is legal in IOB2, for the schemes in which all sequences are legal", () => {
  for (const [scheme, letters] of [["IOB1", "BI"], ["IOE1", "IE"], ["IOE2", "IE"], ["IO", "I"]] as const) {
    const tag = fc.constantFrom("O", ...[...letters].flatMap((letter) => [`${letter}-A`, `${letter}-B`]));
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        let previous = "O";
        for (const tag of toIob2(tags, scheme)) {
          if (tag[0] === "I") assertEquals(previous.slice(2), tag.slice(2));
          previous = tag;
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  }
});
