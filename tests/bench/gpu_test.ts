import { assert, assertEquals } from "@std/assert";
import { gpuParts, hasResult } from "../../bench/gpu.ts";
import config from "../../deno.json" with { type: "json" };

const parts = (quick: boolean) => gpuParts({ quick, model: "model" });

Deno.test("every part of bench-gpu is a task, and runs on WebGPU; doctor examines all devices", () => {
  for (const { task, args } of parts(false)) {
    assert(task in config.tasks, task);
    assertEquals(args.includes("webgpu"), task !== "doctor", task);
  }
});

Deno.test("the quick form has the same parts in the same order", () => {
  assertEquals(parts(true).map(({ task }) => task), parts(false).map(({ task }) => task));
});

Deno.test("a part has a result if it printed one, also where it ends with 1 because too little was learnt", () => {
  const part = { task: "train", args: [], seconds: 1, log: "" };
  assertEquals(hasResult({ ...part, code: 0, result: { f1: 0.5 } }), true);
  assertEquals(hasResult({ ...part, code: 1, result: { f1: 0 } }), true);
  assertEquals(hasResult({ ...part, code: 1, result: { error: "no adapter" } }), false);
  assertEquals(hasResult({ ...part, code: 2, result: null }), false);
});
