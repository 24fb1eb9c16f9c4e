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
  assertEquals(tagSet(data).types, ["DATE", "LOC", "PER"]);
});

Deno.test("tagSet() refuses sentences without a mention", () => {
  assertEquals(
    assertThrows(() => tagSet([sentence("O O")]), DataError).message,
    "the training sentences: expected at least one mention (a tag such as B-PER), found only O: " +
      "check that the last column holds the tags",
  );
});

Deno.test("tagSetOf() keeps the order of a checkpoint's labels", () => {
  const set = tagSetOf(["B-PER", "O", "I-PER", "B-LOC"]);
  assertEquals(set.types, ["LOC", "PER"]);
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
    'dev.txt: expected tags among O, B-PER, I-PER, found "B-LOC" at the word "w1": ' +
      "a tagger knows only the types of its training data",
  );
});
