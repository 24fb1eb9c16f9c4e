import { assert, assertEquals } from "@std/assert";
import { figuresOf, longRun } from "./long_run.ts";

Deno.test("a process that trains for 300 steps stays near what it announced, and does not grow", async () => {
  const { samples, share, drift } = await longRun({
    device: "cpu",
    threads: 1,
    steps: 300,
    vocabulary: 20_000,
  });
  assertEquals(samples.length, 300);
  // Wide: beside a bound of 54 MiB what the runtime keeps for itself is not small.
  assert(share > 0.5 && share < 3, `${share} of what was announced`);
  assert(drift < 0.5, `${drift} of drift`);
});

Deno.test("figuresOf() takes the most of all samples, and drift from those after a collection", () => {
  const samples = [50, 100, 900, 100];
  assertEquals(figuresOf({ before: 20, bound: 880, samples, collected: [100, 104, 102] }), {
    share: 1,
    drift: 0.04,
  });
});
