import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readConfig } from "../../src/checkpoint/hugging_face.ts";
import { tagSetOf } from "../../src/data/tag_set.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { namedArm, namedArms } from "../../src/study/arms.ts";
import { settingsOf } from "../../src/study/plan.ts";
import { sampleOf } from "../../src/study/study_data.ts";
import { sentenceTokens, spendBudget } from "../../src/study/token_budget.ts";
import { taggingPhase } from "../../src/training/phase.ts";
import { tinyModelStore } from "../fixtures.ts";
import { tinyData, tinyPlan } from "./tiny_study.ts";

const store = await tinyModelStore();
const { tokenizer } = await openTokenizer(store, { dir: "", config: await readConfig(store, "") });
const data = tinyData();

/** The phase of an arm, in which no budget below 12 plain epochs ends. */
function phaseOf(arm: string, { size, seed }: { size: number; seed: number }) {
  const settings = { ...settingsOf(tinyPlan, namedArm(arm), { seed }), epochs: 14, evaluations: 0 };
  return taggingPhase(sampleOf(data, { size, seed }).training, {
    tokenizer,
    maxTokens: 200,
    settings,
    tagSet: tagSetOf(data.labels),
  });
}

Deno.test("every arm spends the same tokens, to half a step, and has the same batches in the same order", () => {
  fc.assert(
    fc.property(
      fc.record({ size: fc.integer({ min: 3, max: 30 }), seed: fc.integer({ min: 1, max: 9 }) }),
      fc.double({ min: 1, max: 12, noNaN: true }),
      (cell, epochs) => {
        const { training } = sampleOf(data, cell);
        const tokens = training.map((sentence) => sentenceTokens(sentence, { tokenizer, maxTokens: 200 }));
        const budget = epochs * tokens.reduce((sum, n) => sum + n, 0);
        const [control, ...others] = namedArms.map(({ name }) => {
          const phase = phaseOf(name, cell);
          const spent = spendBudget(phase, budget);
          const largest = Math.max(60, ...tokens) * 2;
          assert(Math.abs(spent.tokens - budget) <= largest / 2, `${name}: ${spent.tokens} of ${budget}`);
          return {
            name,
            spent,
            batches: phase.steps.slice(0, spent.steps).map(({ microBatches }) => microBatches),
          };
        });
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

Deno.test("epochs are counted in sentences seen, and a masked copy halves them", () => {
  const cell = { size: 20, seed: 1 };
  const whole = spendBudget(phaseOf("none", cell), Infinity);
  assertEquals(whole.epochs.at(-1), 14);
  const span = spendBudget(phaseOf("span", cell), whole.tokens);
  assert(Math.abs(span.epochs.at(-1)! - 7) < 1.5, String(span.epochs.at(-1)));
});

Deno.test("a budget below one step is one step", () => {
  assertEquals(spendBudget(phaseOf("span", { size: 5, seed: 1 }), 1).steps, 1);
});
