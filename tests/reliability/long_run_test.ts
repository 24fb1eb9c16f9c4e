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

Deno.test("figuresOf() compares medians of stretches, and leaves the first tenth of the steps out", () => {
  const steady = Array.from({ length: 1000 }, (_, i) => i < 100 ? 50 : i % 100 === 0 ? 900 : 100);
  assertEquals(figuresOf({ device: "", before: 20, bound: 880, samples: steady }), { share: 1, drift: 0 });
  const growing = Array.from({ length: 1000 }, (_, i) => 100 + i);
  assert(figuresOf({ device: "", before: 0, bound: 1, samples: growing }).drift > 3);
});
