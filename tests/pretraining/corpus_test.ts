import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { DataError, LacunaError, OptionError } from "../../src/errors.ts";
import { surveyText } from "../../src/pretraining/corpus.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { corpusOf, filesOf } from "./text.ts";

Deno.test("a survey counts bytes, and its hash tells contents and borders of files apart", async () => {
  const { bytes, files, hash } = await corpusOf("ab\n", "çd\n");
  assertEquals([bytes, files.map(({ bytes }) => bytes)], [7, [3, 4]]);
  assertEquals((await corpusOf("ab\n", "çd\n")).hash, hash);
  for (const other of [["ab\nçd\n"], ["çd\n", "ab\n"], ["ab\n", "çe\n"], ["ab\n"]]) {
    assertNotEquals((await corpusOf(...other)).hash, hash);
  }
});

Deno.test("text that is not UTF-8 is refused with file and line, also far into a file", async () => {
  const line = new TextEncoder().encode("maneno ya kwanza\n");
  const bytes = new Uint8Array(line.length * 100_000);
  for (let i = 0; i < 100_000; i++) bytes.set(line, i * line.length);
  bytes[line.length * 99_998] = 0xff;
  await assertRejects(
    () => surveyText(filesOf("ab", bytes), "raw text"),
    DataError,
    "1.txt:99999: expected UTF-8 text, found bytes that are not UTF-8: convert the file",
  );
});

Deno.test("text of white space, files that are not there and no files at all are refused in a sentence", async () => {
  await assertRejects(
    () => corpusOf(" \n\n\t"),
    DataError,
    "0.txt: expected raw text, found nothing but white space: check the path",
  );
  await assertRejects(() => corpusOf("", "\n"), DataError, "2 files: expected raw text, found nothing");
  await assertRejects(
    () => surveyText([], "raw text"),
    OptionError,
    "Expected files of raw text but found none",
  );
  await assertRejects(
    () => surveyText([{ store: new MemoryStore(), path: "a.txt" }], "raw text"),
    LacunaError,
    "cannot read a.txt: there is no such file",
  );
});

Deno.test("a line of more than 16 MiB is refused before it fills memory", async () => {
  await assertRejects(
    () => corpusOf("a".repeat(2 ** 24 + 2 ** 21)),
    DataError,
    "0.txt: expected lines of at most 16777216 bytes, found a longer one near byte 16777216: break the text",
  );
});

Deno.test("a survey stops when it is told to", async () => {
  const reason = new Error("enough");
  const given = surveyText(filesOf("ab\n"), "raw text", { signal: AbortSignal.abort(reason) });
  assertEquals(await given.catch((error) => error), reason);
});
