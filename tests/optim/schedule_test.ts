import { assertAlmostEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { rateMultiplier } from "../../src/optim/schedule.ts";
import { readGolden } from "../golden/golden.ts";

Deno.test("rateMultiplier() is that of transformers' schedulers, step by step", async () => {
  for (const { kind, warmupSteps, totalSteps, multipliers } of await readGolden("schedules.json")) {
    for (const [step, multiplier] of multipliers.entries()) {
      const found = rateMultiplier(kind, step, { warmupSteps, totalSteps });
      assertAlmostEquals(found, multiplier, 1e-12, `${kind} step ${step}`);
    }
  }
});

Deno.test("more warmup than steps is refused", () => {
  assertThrows(
    () => rateMultiplier("linear", 0, { warmupSteps: 11, totalSteps: 10 }),
    OptionError,
    "Expected at most 10 warmup steps (all steps of the run) but found 11",
  );
});
