import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { compareRuns, type KernelRun, loadRun } from "../../../bench/kernels/kernel_runs.ts";
import { DataError } from "../../../src/errors.ts";
import { showComparison } from "../../../bench/kernels/kernel_table.ts";

/** A run whose cases took these least, median and most milliseconds. */
function run(times: Record<string, [number, number, number]>, device = "cpu, 2 threads"): KernelRun {
  const results = Object.entries(times).map(([name, [least, median, most]]) => ({
    ...{ name, milliseconds: { least, median, most }, flop: 1e6, bytes: 1e6 },
    ...{ limit: { milliseconds: 1, bound: "memory" as const }, share: 1 / median },
  }));
  return { device, roofline: { gigaflops: 100, copies: [{ bytes: 2 ** 20, rate: 50 }] }, results };
}

Deno.test("times whose intervals from the least to the median overlap are the same", () => {
  const { faster, slower, same } = compareRuns(run({ a: [10, 12, 40] }), run({ a: [11.9, 15, 16] }));
  assertEquals([faster, slower, same], [[], [], 1]);
});

Deno.test("a case is faster when its median is below what it ever took, slower the other way round", () => {
  const before = run({ fast: [10, 12, 13], slow: [10, 12, 90] });
  const now = run({ fast: [4, 6, 20], slow: [12.1, 18, 19] });
  const { faster, slower, same } = compareRuns(before, now);
  assertEquals(faster.map(({ name, ratio }) => [name, ratio]), [["fast", 0.5]]);
  assertEquals(slower.map(({ name, ratio }) => [name, ratio]), [["slow", 1.5]]);
  assertEquals(same, 0);
});

Deno.test("the largest change comes first", () => {
  const before = run({ a: [10, 10, 10], b: [10, 10, 10], c: [10, 10, 10], d: [10, 10, 10] });
  const now = run({ a: [8, 8, 8], b: [5, 5, 5], c: [12, 12, 12], d: [15, 15, 15] });
  const { faster, slower } = compareRuns(before, now);
  assertEquals([...faster, ...slower].map(({ name }) => name), ["b", "a", "d", "c"]);
});

Deno.test("cases that only one run has are named, not compared", () => {
  const { added, missing, same } = compareRuns(
    run({ a: [1, 1, 1], b: [1, 1, 1] }),
    run({ a: [1, 1, 1], c: [1, 1, 1] }),
  );
  assertEquals([added, missing, same], [["c"], ["b"], 1]);
});

Deno.test("a comparison says how much changed, and that another device made the saved run", () => {
  const before = run({ a: [10, 10, 10], b: [1, 1, 1] }, "cpu, 1 thread");
  const now = run({ a: [5, 5, 5], b: [1, 1, 1] });
  const text = showComparison(before, now, compareRuns(before, now));
  assertStringIncludes(text, "1 faster, 0 slower, 1 the same within noise");
  assertStringIncludes(text, "another device: cpu, 1 thread");
  assertStringIncludes(text, "2.00 x as fast");
});

Deno.test("a saved run is read as it was written, and another file is refused by its name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kept = run({ a: [1, 2, 3] });
    await Deno.writeTextFile(`${folder}/run.json`, JSON.stringify(kept));
    assertEquals(await loadRun(`${folder}/run.json`), kept);
    for (
      const text of ["{", "{}", "null", '{"device":"x","roofline":{"copies":[]},"results":[{"name":"a"}]}']
    ) {
      await Deno.writeTextFile(`${folder}/other.json`, text);
      await assertRejects(() => loadRun(`${folder}/other.json`), DataError, "other.json");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
