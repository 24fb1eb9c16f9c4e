import { assertEquals, assertThrows } from "@std/assert";
import { DataError } from "../../src/errors.ts";
import { parseRecords } from "../../src/study/read_records.ts";
import { formatRecord, type RunRecord } from "../../src/study/record.ts";
import { exampleRecord, exampleTags } from "./records.ts";
import { testCounts } from "../../src/study/counts.ts";

/** Refuses a line of which a part was replaced, behind a good one. */
function assertRefused(pattern: string | RegExp, replacement: string, message: string): void {
  const good = formatRecord(exampleRecord());
  const bad = formatRecord(exampleRecord({ seed: 2 })).replace(pattern, replacement);
  assertThrows(
    () => parseRecords(good + "\n" + bad, { file: "runs.jsonl" }),
    DataError,
    "runs.jsonl:3: " + message,
  );
}

Deno.test("records are read as they were written, with and without a test", () => {
  const { test: _, ...choosing } = exampleRecord({ seed: 2 });
  const absent = { absent: "the checkpoint has no masked-LM head" };
  const other = exampleRecord({ seed: 3 }, testCounts({ ...exampleTags, recovery: absent }));
  const records: RunRecord[] = [exampleRecord(), choosing, other];
  assertEquals(parseRecords(records.map(formatRecord).join("\n")), records);
  assertEquals(parseRecords(""), []);
});

Deno.test("a line that is no record is refused with file and line", () => {
  assertRefused(/.*\n/, "[]", "expected the record of a run, found []: check the path");
  assertRefused(/}\n/, "", "expected the record of a run in one line of JSON, found ");
  assertRefused(
    '"seed":2',
    '"seed":2,"seed":3',
    'expected the record of a run in one line of JSON, found the key "seed"',
  );
});

Deno.test("a record of another version is refused with what to do", () => {
  assertRefused(
    '"version":1',
    '"version":2',
    "expected version to be 1, the version that this program reads, found 2: " +
      "make the report with the version of Lacuna that ran the grid",
  );
});

Deno.test("a field that is missing, of another kind or unknown is refused with its path", () => {
  assertRefused('"seed":2', '"seeds":2', "expected the field key.seed, found none");
  assertRefused('"size":100', '"size":0', "expected key.size to be a whole number from 1, found 0");
  assertRefused('"devF1":0.69', '"devF1":69', "expected curve.1.devF1 to be a number from 0 to 1, found 69");
  assertRefused(
    '"wrongType":1',
    '"wrongType":-1',
    "expected test.errors.wrongType to be a whole number from 0, found -1",
  );
  assertRefused('"model":', '"modle":1,"model":', "expected modle to be ");
  assertRefused(
    '"recovery":{"correct":3',
    '"recovery":{"right":3',
    "expected test.recovery to be counts, or { absent } with the reason",
  );
});

Deno.test("counts that contradict each other are refused", () => {
  assertRefused(
    '"correct":[1,0,0,0]',
    '"correct":[1,0,0]',
    "expected test.sentences to have three lists of one length, found 4, 4 and 3",
  );
  assertRefused(
    '"correct":[1,0,0,0]',
    '"correct":[2,0,0,0]',
    "expected test.sentences.correct.0 to be at most gold and predicted, found 2 of 1 and 1",
  );
  assertRefused(
    '"unseen":{"gold":2',
    '"unseen":{"gold":3',
    "expected test.names, seen and unseen to add up to 3, as test.sentences do, found 4",
  );
});

Deno.test("a run that stands twice in a file is refused", () => {
  assertRefused(
    '"seed":2',
    '"seed":1',
    "expected one record a run, found span-swa-100-1 again, first on line 1: remove one of them",
  );
});
