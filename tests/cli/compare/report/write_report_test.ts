import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REPORT_FILE, REPORT_JSON, writeReport } from "../../../../src/cli/compare/report/write_report.ts";
import { MemoryStore } from "../../../../src/store/memory_store.ts";
import { readText } from "../../../../src/store/store.ts";
import { RunStore } from "../../../../src/study/run_store.ts";
import { exampleTags } from "../../../study/records.ts";
import { exampleInput } from "./study.ts";

const test = exampleTags.words.map((words, i) => ({ words, tags: exampleTags.gold[i] }));
const data = [{ name: "swa", training: [], dev: [], test, labels: [] }];

/** Report and JSON of a grid in which span reads a sentence wrong that none reads right. */
async function written(examples: boolean): Promise<[page: string, json: string]> {
  const store = new MemoryStore();
  const input = exampleInput({ datasets: ["swa"] });
  const runs = new RunStore({ store, dir: "" });
  for (const record of input.records) {
    await runs.add(record, record.key.arm === "span" ? exampleTags.predicted : exampleTags.gold);
  }
  await writeReport({ ...input, data, store, examples });
  return [await readText(store, REPORT_FILE), await readText(store, REPORT_JSON)];
}

Deno.test("sentences in which arms disagree are shown with their tags, of the largest size and first seed", async () => {
  const [page, json] = await written(true);
  assertStringIncludes(page, "span, swa, test sentence 2: 1 more error");
  assertStringIncludes(page, "<mark>Chuo Kikuu <b>ORG</b></mark>");
  assertStringIncludes(page, "<mark>Chuo Kikuu cha Nairobi <b>ORG</b></mark>");
  assert(!page.includes("Asha"), "both arms read this sentence alike");
  const { disagreements } = JSON.parse(json);
  assertEquals(disagreements[0].size, 100);
  assertEquals(disagreements.map(({ sentence }: { sentence: number }) => sentence), [2, 3, 4]);
});

Deno.test("without examples neither page nor JSON has a word of the data", async () => {
  for (const text of await written(false)) {
    for (const word of ["Asha", "Juma", "aliishi", "Chuo", "Kikuu", "Nairobi", "Tanga"]) {
      assert(!text.includes(word), word);
    }
  }
});

Deno.test("the JSON holds verdicts, outcomes, power and every run", async () => {
  const [, json] = await written(false);
  const report = JSON.parse(json);
  assertEquals([report.version, report.control, report.runs.length], [1, "none", 8]);
  assertEquals(
    new Set(report.verdicts.map(({ outcome }: { outcome: number }) => outcome)),
    new Set([1, 2, 3, 4, 5]),
  );
  assertEquals(report.power.map(({ arm }: { arm: string }) => arm), ["span"]);
  assertEquals(report.outcomes[0].slices.length, 6);
});
