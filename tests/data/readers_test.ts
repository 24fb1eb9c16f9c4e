import { assertEquals, assertThrows } from "@std/assert";
import { labelledExtensions, readLabelled } from "../../src/data/readers.ts";
import { DataError } from "../../src/errors.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a labelled file is read in the format of its name, and as CoNLL where the name says none", () => {
  assertEquals(labelledExtensions, [".conll", ".txt", ".tsv"]);
  for (const file of ["train.conll", "TRAIN.TXT", "a.b.tsv", "train", "conll.unknown"]) {
    const { sentences, firstLines } = readLabelled(bytes("\nAsha B-PER\n"), { file });
    assertEquals([sentences, firstLines], [[{ words: ["Asha"], tags: ["B-PER"] }], [2]]);
  }
});

Deno.test("a labelled file that is no text is refused with its name and line", () => {
  const damaged = Uint8Array.of(...bytes("Asha B-PER\n"), 0xff);
  assertThrows(() => readLabelled(damaged, { file: "a.conll" }), DataError, "a.conll:2: expected UTF-8 text");
});
