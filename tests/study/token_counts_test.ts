import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Sentence } from "../../src/data/sentence.ts";
import { readConfig } from "../../src/model/config.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { namedArm } from "../../src/study/arms.ts";
import { sampleOf, testOf } from "../../src/study/study_data.ts";
import { sentenceTokens } from "../../src/study/token_budget.ts";
import { TokenCounts } from "../../src/study/token_counts.ts";
import { tinyModelStore } from "../fixtures.ts";
import { tinyData, tinyPlan } from "./tiny_study.ts";

const store = await tinyModelStore();
const { tokenizer } = await openTokenizer(store, { dir: "", config: await readConfig(store, "") });

function tokensOf(sentences: readonly Sentence[]): number {
  return sentences.reduce((sum, one) => sum + sentenceTokens(one, { tokenizer, maxTokens: 40 }), 0);
}

Deno.test("a run is worth its budget, five looks at dev and three passes over test, each a third of training on it", async () => {
  const data = tinyData();
  const counts = await TokenCounts.open(tinyPlan, [data], { store, dir: "" });
  const cell = { key: { arm: "none", dataset: data.name, size: 8, seed: 1 }, arm: namedArm("none") };
  const { training, dev } = sampleOf(data, { size: 8, seed: 1 });
  const budget = 4 * tokensOf(training);
  assertEquals(counts.budget(cell), budget);
  assertEquals(counts.budget({ ...cell, arm: namedArm("none-equal-epochs") }), budget / 2);
  const untested = budget + 5 * tokensOf(dev) / 3;
  assertAlmostEquals(counts.cost({ ...cell, tested: false }), untested, 1);
  assertAlmostEquals(counts.cost({ ...cell, tested: true }), untested + tokensOf(testOf(data, tinyPlan)), 1);
});
