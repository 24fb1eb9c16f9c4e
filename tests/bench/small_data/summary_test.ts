import { assertEquals } from "@std/assert";
import { isSame, type SystemRecord, testScores } from "../../../bench/small_data/record.ts";
import { summary } from "../../../bench/small_data/summary.ts";
import { systemsWith } from "../../../bench/small_data/systems.ts";
import { scoreSentences } from "../../../src/evaluation/scores.ts";

const sentences = { training: 25, dev: 100, test: 400 };
const base = { system: "CRF", options: [], tried: 9, sentences, seconds: 9, peakBytes: 1e8 };

function record(data: string, seed: number, testF1: number, more: Partial<SystemRecord> = {}): SystemRecord {
  const scores = { devF1: 0.5, testF1, unseenRecall: 0.25, longRecall: null };
  return { ...base, data, seed, size: 25, cpuSeconds: 4, ...scores, ...more };
}

Deno.test("the table has means over seeds, and a mean in which every data set weighs the same", () => {
  const records = [
    record("swa", 1, 0.5),
    record("swa", 2, 0.6),
    record("swa", 3, 0.7),
    record("hau", 1, 0.2),
  ];
  assertEquals(
    summary(records).split("\n"),
    [
      "25 sentences:",
      "",
      "| System | swa         | hau      | Mean | Dev  | Unseen | Long | CPU s | MB  |",
      "| ------ | ----------- | -------- | ---- | ---- | ------ | ---- | ----- | --- |",
      "| CRF    | 60.0 ± 10.0 | 20.0 (1) | 40.0 | 50.0 | 25.0   | -    | 4     | 100 |",
      "",
    ],
  );
});

Deno.test("a data set that a system has not run on leaves its means open", () => {
  const records = [record("swa", 1, 0.5), record("hau", 1, 0.2), record("swa", 1, 0.4, { system: "spaCy" })];
  assertEquals(summary(records).split("\n").at(-2)!.split("|")[4].trim(), "-");
});

Deno.test("recall of long names is that of all names of three and more words", () => {
  const gold = [["B-PER", "I-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "I-ORG", "I-ORG", "I-ORG", "I-ORG"]];
  const predicted = [["B-PER", "I-PER", "I-PER", "O", "O"], ["B-ORG", "I-ORG", "I-ORG", "I-ORG", "O"]];
  const words = [["A", "B", "C", "d", "E"], ["F", "G", "H", "I", "J"]];
  const trainingMentions = new Set(["A B C"]);
  const { longRecall, unseenRecall } = testScores(
    scoreSentences(gold, predicted, { trainingMentions, words }),
  );
  assertEquals([longRecall, unseenRecall], [1 / 2, 0]);
});

Deno.test("records of other seeds, sizes, data and systems are others", () => {
  const one = record("swa", 1, 0.5);
  assertEquals(isSame(one, record("swa", 1, 0.9)), true);
  for (const more of [{ seed: 2 }, { size: 50 }, { data: "hau" }, { system: "spaCy" }]) {
    assertEquals(isSame(one, { ...one, ...more }), false);
  }
});

Deno.test("names of systems are unique", () => {
  const names = systemsWith({ name: "e5", folder: "e5" }).map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
});
