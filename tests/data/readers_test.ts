import { assertEquals, assertRejects } from "@std/assert";
import { labelledExtensions, readLabelled } from "../../src/data/readers.ts";
import { DataError } from "../../src/errors.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a labelled file is read by its content, whatever its name", async () => {
  assertEquals(labelledExtensions.slice(0, 3), [".conll", ".txt", ".tsv"]);
  for (const file of ["train.conll", "TRAIN.TXT", "a.b.tsv", "train", "conll.json"]) {
    const { sentences, placeOf } = await readLabelled(bytes("\nAsha B-PER\n"), { file });
    assertEquals([sentences, placeOf(0)], [[{ words: ["Asha"], tags: ["B-PER"] }], `${file}:2`]);
  }
});

Deno.test("a labelled file that is no text is refused with its name and line", async () => {
  const damaged = Uint8Array.of(...bytes("Asha B-PER\n"), 0xff);
  await assertRejects(
    () => readLabelled(damaged, { file: "a.conll" }),
    DataError,
    "a.conll:2: expected UTF-8 text",
  );
});
