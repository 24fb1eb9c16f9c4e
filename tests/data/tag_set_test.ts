import { assertEquals, assertThrows } from "@std/assert";
import { tagIndexes, tagSet, tagSetOf } from "../../src/data/tag_set.ts";
import { DataError } from "../../src/errors.ts";

const sentence = (tags: string) => {
  const list = tags.split(" ");
  return { words: list.map((_, i) => `w${i}`), tags: list };
};

Deno.test("tagSet() puts O first and then both tags of every type in sorted order, whatever the order of the data", () => {
  const data = [sentence("B-PER O"), sentence("O B-DATE I-DATE"), sentence("B-LOC")];
  const expected = ["O", "B-DATE", "I-DATE", "B-LOC", "I-LOC", "B-PER", "I-PER"];
  assertEquals(tagSet(data).labels, expected);
  assertEquals(tagSet(data.reverse()).labels, expected);
});

Deno.test("tagSet() refuses sentences without a mention", () => {
  assertEquals(
    assertThrows(() => tagSet([sentence("O O")]), DataError).message,
    "the training sentences: expected at least one mention (a tag such as B-PER), found only O: " +
      "check that the last column holds the tags",
  );
});

Deno.test("tagSet() refuses tags that are not IOB2", () => {
  for (const tag of ["B-", "-PER", "b-PER", "B_PER", "o", "", "S-PER"]) {
    assertEquals(
      assertThrows(() => tagSet([sentence("B-PER O"), { words: ["w"], tags: [tag] }]), DataError).message,
      `the training sentences: expected IOB2 tags (O, B-PER, I-PER), found ${JSON.stringify(tag)}: ` +
        "parseConll() converts other schemes",
    );
  }
  assertEquals(tagSet([sentence("B-geo-loc")]).labels, ["O", "B-geo-loc", "I-geo-loc"]);
});

Deno.test("tagSetOf() keeps the order of a checkpoint's labels", () => {
  const set = tagSetOf(["B-PER", "O", "I-PER", "B-LOC"]);
  assertEquals(tagIndexes(set, sentence("O B-LOC B-PER")), [1, 3, 0]);
});

Deno.test("tagIndexes() numbers the tags of a sentence", () => {
  assertEquals(tagIndexes(tagSet([sentence("B-PER")]), sentence("O B-PER I-PER")), [0, 1, 2]);
});

Deno.test("tagIndexes() names file, tag and word when training did not have the tag", () => {
  assertEquals(
    assertThrows(
      () => tagIndexes(tagSet([sentence("B-PER")]), sentence("O B-LOC"), { file: "dev.txt" }),
      DataError,
    ).message,
    'dev.txt: expected tags among ["O", "B-PER", "I-PER"], found "B-LOC" at the word "w1": ' +
      "a tagger knows only the types of its training data",
  );
});

Deno.test("tagIndexes() refuses a sentence without a tag for each word, which would train it as O", () => {
  const { tags } = sentence("B-PER O");
  assertEquals(
    assertThrows(
      () => tagIndexes(tagSetOf(["O", "B-PER"]), { words: ["Asha", "yuko", "hapa"], tags }),
      DataError,
    )
      .message,
    'the data: expected one tag a word, found 3 words and 2 tags in the sentence "Asha yuko hapa"',
  );
});
