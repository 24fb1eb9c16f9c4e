import { assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { namedArm } from "../../src/study/arms.ts";
import { cutToTime, estimateStudy } from "../../src/study/estimate.ts";
import type { StudyPlan } from "../../src/study/plan.ts";
import { surveyStudy } from "../../src/study/survey.ts";
import { tinyInput } from "./tiny_study.ts";
import { cutPlan } from "../../src/study/cut.ts";

const plan = {
  arms: ["none", "span", "token", "prompt"].map(namedArm),
  sizes: [50, 100],
  seeds: [1, 2, 3, 4, 5],
};

/** Runs of the size 100 cost twice as much as those of 50. */
const cost = ({ arms, sizes, seeds }: typeof plan) =>
  arms.length * seeds.length * sizes.reduce((sum, size) => sum + size / 50, 0);

Deno.test("a budget cuts seeds down to three, arms from the last down to two, sizes from the largest, then seeds", () => {
  const cutsOf = (budget: number) => cutPlan(plan, { budget, cost }).cuts;
  assertEquals(cutsOf(60), []);
  assertEquals(cutsOf(59), ["seed 5"]);
  assertEquals(cutsOf(36), ["seed 5", "seed 4"]);
  assertEquals(cutsOf(35), ["seed 5", "seed 4", "arm prompt"]);
  const all = ["seed 5", "seed 4", "arm prompt", "arm token", "size 100", "seed 3", "seed 2"];
  for (let left = 0; left < all.length; left++) {
    const kept = all.slice(0, left);
    const smallest = cutPlan(plan, { budget: [60, 48, 36, 27, 18, 6, 4][left], cost });
    assertEquals(smallest.cuts, kept);
  }
  const { plan: least, cuts } = cutPlan(plan, { budget: 2, cost });
  assertEquals(cuts, all);
  assertEquals([least.arms.map(({ name }) => name), least.sizes, least.seeds], [["none", "span"], [50], [1]]);
});

Deno.test("a plan is cut to what a pace does in some seconds, evaluations and tuning included", async () => {
  const input = await tinyInput({ plan: { seeds: [1, 2, 3, 4, 5], sizes: [4, 8] } });
  const { tokens, finished } = await surveyStudy(input);
  const whole = (await estimateStudy(input, { tokens, finished })).work;
  const cutTo = (share: number, change: Partial<StudyPlan> = {}) =>
    cutToTime({ ...input, plan: { ...input.plan, ...change } }, { tokens, seconds: share * whole, pace: 1 })
      .cuts;
  assertEquals(cutTo(1), []);
  assertEquals(cutTo(0.99), ["seed 5"]);
  assertEquals(cutTo(0.5), ["seed 5", "seed 4", "size 8"]);
  const tuning = { learningRates: [1e-3, 1e-2], seeds: [7] };
  assertEquals(cutTo(1, { tuning }), ["seed 5", "seed 4"]);
});

Deno.test("a budget below the smallest plan is refused", () => {
  assertThrows(() => cutPlan(plan, { budget: 1, cost }), OptionError, "found one that is too small");
});
