import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { detectableEffect, differencesFor, studentQuantile } from "../../src/study/power.ts";
import { simulateGrids } from "../../src/study/simulated_grid.ts";
import golden from "../golden/significance.json" with { type: "json" };

Deno.test("studentQuantile() is within 0.3 % of scipy from 5 degrees of freedom on", () => {
  for (const [degrees, level, power] of golden.t) {
    assertAlmostEquals(studentQuantile(1.959964, degrees), level, 0.003 * level);
    assertAlmostEquals(studentQuantile(0.841621, degrees), power, 0.003 * power);
  }
});

Deno.test("the detectable effect falls with the number of differences, and five have none", () => {
  assertEquals(detectableEffect({ spread: 0.04, differences: 5 }), null);
  assertEquals(detectableEffect({ spread: null, differences: 1 }), null);
  const n = differencesFor(0.03, 0.04)!;
  assert(detectableEffect({ spread: 0.04, differences: n })! <= 0.03);
  assert(detectableEffect({ spread: 0.04, differences: n - 1 })! > 0.03);
});

Deno.test("of 40 grids at a spread of 2.5 points a planted null is supported in at most 2, +3 found in at least 32", () => {
  assert(simulateGrids({ effect: 0, spread: 0.025 }, { grids: 40 }).anywhere <= 2);
  assert(simulateGrids({ effect: 0.03, spread: 0.025 }, { grids: 40 }).overall >= 32);
});
