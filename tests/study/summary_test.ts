import { assertAlmostEquals, assertEquals } from "@std/assert";
import { outcomesOf } from "../../src/study/outcomes.ts";
import type { RunRecord } from "../../src/study/record.ts";
import { summarise } from "../../src/study/summary.ts";
import { runTiny } from "./tiny_study.ts";

Deno.test("a summary has mean, spread and paired difference of every arm at every size", async () => {
  const { result } = await runTiny();
  const runOf = (arm: string, seed: number, correct: number): RunRecord => {
    const [record] = result.records;
    const sentences = { gold: [10, 10], predicted: [10, 10], correct: [correct, correct] };
    return { ...record, key: { ...record.key, arm, seed }, test: { ...record.test!, sentences } };
  };
  const records = [
    ...[4, 6].map((correct, seed) => runOf("none", seed, correct)),
    ...[5, 8].map((correct, seed) => runOf("span", seed, correct)),
  ];
  const [none, span, ...more] = summarise(records, {
    arms: ["none", "span", "token"],
    outcomes: [outcomesOf(records, { arm: "span", control: "none" })],
  });
  assertEquals(more, []);
  assertEquals([none.arm, none.size, none.runs, none.f1, none.difference], ["none", 8, 2, 0.5, undefined]);
  assertAlmostEquals(none.deviation!, 0.1 * Math.SQRT2);
  assertAlmostEquals(span.difference!.mean, 0.15);
  const { low, high } = span.difference!.interval!;
  assertEquals(low <= 0.15 && high >= 0.15, true);
});
