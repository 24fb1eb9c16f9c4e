import { assert, assertAlmostEquals } from "@std/assert";
import { Budget } from "../../src/masking/budget.ts";
import { Random } from "../../src/random/random.ts";
import { windowOf } from "./windows.ts";

Deno.test("Budget takes units that fit for certain, and nothing once it is spent", () => {
  const budget = new Budget({ encoded: windowOf(new Array(20).fill(1)), random: new Random(1) }); // 3 to spend
  assert(budget.take(2));
  assert(!budget.spent);
  assert(budget.take(1));
  assert(budget.spent);
  assert(!budget.take(1));
});

Deno.test("Budget spends exactly its share in expectation, by default 15 %, whatever the sizes of the units", () => {
  for (const share of [undefined, 0.05, 0.4]) {
    for (const size of [1, 2, 3, 5, 8]) {
      const encoded = windowOf(new Array(6).fill(size));
      let masked = 0;
      const draws = 20_000;
      for (let i = 0; i < draws; i++) {
        const budget = new Budget({ encoded, random: new Random(2, size, i), share });
        while (!budget.spent) masked += budget.take(size) ? size : 0;
      }
      assertAlmostEquals(masked / draws / (6 * size), share ?? 0.15, 0.005);
    }
  }
});
