import { assertEquals } from "@std/assert";
import { namedArm } from "../../src/study/arms.ts";
import { chooseRates } from "../../src/study/tuning.ts";
import { exampleRecord } from "./records.ts";

/** The rate that is chosen where the runs of some rates had these scores on dev, one a seed. */
function chosenOf(scores: Readonly<Record<number, readonly { f1: number; loss?: number }[]>>) {
  const records = Object.entries(scores).flatMap(([rate, runs]) =>
    runs.map((dev, i) => ({
      ...exampleRecord({ arm: `none@${rate}`, size: 50, seed: i + 1 }),
      dev: { ...dev, bestEpoch: 1 },
    }))
  );
  const tuning = { learningRates: [1, 2, 3], seeds: [1, 2] };
  const chosen = chooseRates(records, { arms: [namedArm("none")], sizes: [50], tuning });
  return chosen.get("none 50");
}

Deno.test("the learning rate with the best mean dev F1 is chosen, of equals the one with the lowest mean loss", () => {
  const runs = (f1: number, ...losses: number[]) => losses.map((loss) => ({ f1, loss }));
  assertEquals(chosenOf({ 1: runs(0.1, 1, 1), 2: runs(0.3, 9, 9), 3: runs(0.2, 1, 1) }), 2);
  assertEquals(chosenOf({ 1: runs(0, 2, 2), 2: runs(0, 3, 0.5), 3: runs(0, 2, 1.6) }), 2);
  assertEquals(chosenOf({ 1: runs(0, 2, 2), 2: runs(0, 2, 2), 3: runs(0, 3, 3) }), 1);
});

Deno.test("a run that diverged has found nothing, and records without a loss leave the choice to the order", () => {
  assertEquals(chosenOf({ 1: [{ f1: 0, loss: 2 }], 2: [{ f1: 0, loss: 3 }, { f1: 0, loss: 3 }], 3: [] }), 2);
  const old = [{ f1: 0.2 }, { f1: 0.2 }];
  assertEquals(chosenOf({ 1: old, 2: old, 3: old }), 1);
});
