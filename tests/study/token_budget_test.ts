import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readConfig } from "../../src/model/config.ts";
import { tagSetOf } from "../../src/data/tag_set.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { type Arm, namedArm, namedArms } from "../../src/study/arms.ts";
import { armSettings } from "../../src/study/plan.ts";
import { sampleOf } from "../../src/study/study_data.ts";
import { sentenceTokens, spendBudget } from "../../src/study/token_budget.ts";
import type { TrainingSettings } from "../../src/training/settings.ts";
import { taggingPhase } from "../../src/training/phase.ts";
import { tinyModelStore } from "../fixtures.ts";
import { tinyData, tinyPlan } from "./tiny_study.ts";

const store = await tinyModelStore();
const { tokenizer } = await openTokenizer(store, { dir: "", config: await readConfig(store, "") });
const data = tinyData();

/** An arm of spans with other settings. */
function spanArm(settings: Partial<TrainingSettings>): Arm {
  return { name: "span with others", settings: { masking: "span", ...settings }, share: 1 };
}

/** The phase of an arm: of 14 epochs, in which no budget below 12 plain epochs ends, or of so many steps. */
function phaseOf(arm: Arm, { size, seed, maxSteps = 0 }: { size: number; seed: number; maxSteps?: number }) {
  const settings = { ...armSettings(tinyPlan, arm, { seed }), epochs: 14, maxSteps, evaluations: 0 };
  return taggingPhase(sampleOf(data, { size, seed }).training, {
    tokenizer,
    maxTokens: 200,
    settings,
    tagSet: tagSetOf(data.labels),
  });
}

/** Arms whose masked copies do not depend on how long a run is. */
const unscheduled = namedArms.filter(({ settings: { annealFrom = 1 } }) => annealFrom === 1);

Deno.test("every arm spends the same tokens, to half a step, and has the same batches in the same order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ size: fc.integer({ min: 3, max: 30 }), seed: fc.integer({ min: 1, max: 9 }) }),
      fc.double({ min: 1, max: 12, noNaN: true }),
      async (cell, epochs) => {
        const { training } = sampleOf(data, cell);
        const tokens = training.map((sentence) => sentenceTokens(sentence, { tokenizer, maxTokens: 200 }));
        const budget = epochs * tokens.reduce((sum, n) => sum + n, 0);
        const arms: Arm[] = [
          ...unscheduled,
          spanArm({ maskedCopies: 0.5 }),
          spanArm({ objective: "replace" }),
        ];
        const [control, ...others] = await Promise.all(arms.map(async (arm) => {
          const { name } = arm;
          const phase = await phaseOf(arm, cell);
          const spent = await spendBudget(phase, budget);
          const largest = Math.max(60, ...tokens) * 2;
          assert(Math.abs(spent.tokens - budget) <= largest / 2, `${name}: ${spent.tokens} of ${budget}`);
          return {
            name,
            spent,
            batches: phase.steps.slice(0, spent.steps).map(({ microBatches }) => microBatches),
          };
        }));
        for (const { name, spent, batches } of others) {
          assertEquals(batches, control.batches.slice(0, batches.length), name);
          if (name === "none-equal-epochs") assertEquals(spent, control.spent);
          else assert(spent.steps <= control.spent.steps, name);
        }
      },
    ),
    { seed: 1, numRuns: 15 },
  );
});

Deno.test("with a schedule an arm spends the same tokens, to a step, and trains on what was counted", async () => {
  const anySchedule = fc.record({
    maskedCopies: fc.double({ min: 0.2, max: 3, noNaN: true }),
    maskFrom: fc.double({ min: 0, max: 1, noNaN: true }),
    annealFrom: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      anySchedule,
      fc.record({ size: fc.integer({ min: 3, max: 30 }), seed: fc.integer({ min: 1, max: 9 }) }),
      fc.double({ min: 1, max: 12, noNaN: true }),
      async (schedule, cell, epochs) => {
        const { training } = sampleOf(data, cell);
        const tokens = training.map((sentence) => sentenceTokens(sentence, { tokenizer, maxTokens: 200 }));
        const budget = epochs * tokens.reduce((sum, n) => sum + n, 0);
        const arm = spanArm(schedule);
        const spent = await spendBudget(await phaseOf(arm, cell), budget);
        const largest = Math.max(60, ...tokens) * (1 + Math.ceil(schedule.maskedCopies));
        assert(Math.abs(spent.tokens - budget) <= largest, `${spent.tokens} of ${budget}`);
        const { steps, contribution } = await phaseOf(arm, { ...cell, maxSteps: spent.steps });
        const trained = steps.flatMap((step) =>
          step.microBatches.flat().flatMap((window) => contribution(window, step).sequences)
        );
        assertEquals(trained.reduce((sum, { ids }) => sum + ids.length, 0), spent.tokens);
      },
    ),
    { seed: 1, numRuns: 40 },
  );
});

Deno.test("epochs are counted in sentences seen, and masked copies make them fewer", async () => {
  const cell = { size: 20, seed: 1 };
  const epochsOf = async (arm: Arm, budget: number) =>
    (await spendBudget(await phaseOf(arm, cell), budget)).epochs.at(-1)!;
  const whole = await spendBudget(await phaseOf(namedArm("none"), cell), Infinity);
  assertEquals(whole.epochs.at(-1), 14);
  for (const copies of [0.5, 1, 3]) {
    const epochs = await epochsOf(spanArm({ maskedCopies: copies }), whole.tokens);
    // Short sentences are often left whole.
    const fewest = 14 / (1 + copies);
    assert(epochs > fewest - 0.2 && epochs < 1.3 * fewest, `${epochs} with ${copies} copies`);
    const annealed = spanArm({ maskedCopies: copies, annealFrom: 0 });
    assert(await epochsOf(annealed, whole.tokens) > 1.1 * epochs);
  }
});

Deno.test("a budget below one step is one step", async () => {
  const phase = await phaseOf(namedArm("span"), { size: 5, seed: 1 });
  assertEquals((await spendBudget(phase, 1)).steps, 1);
});
