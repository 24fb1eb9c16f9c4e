import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Executor } from "../../../src/device/cpu/executor.ts";
import { Heap } from "../../../src/device/cpu/heap.ts";
import { Staging } from "../../../src/device/cpu/staging.ts";

/** Staging on an executor that stands where the test puts it. */
function stagingAt(executor: { submitted: number; completed: number }): Staging {
  const heap = new Heap(new WebAssembly.Memory({ initial: 1, maximum: 1024 }), 64);
  return new Staging(heap, executor as Executor);
}

Deno.test("a staging block is used again only when all that was submitted until it was given back is complete", () => {
  const executor = { submitted: 3, completed: 0 };
  const staging = stagingAt(executor);
  const block = staging.take(1000);
  staging.give(block);
  executor.submitted = 9;
  executor.completed = 2;
  assertNotEquals(staging.take(1000).address, block.address);
  executor.completed = 3;
  assertEquals(staging.take(1000).address, block.address);
});

Deno.test("a staging block serves smaller needs, and a larger one gets its own", () => {
  const staging = stagingAt({ submitted: 0, completed: 0 });
  const block = staging.take(10_000);
  assert(block.byteLength >= 10_000);
  staging.give(block);
  assertNotEquals(staging.take(100_000).address, block.address);
  assertEquals(staging.take(5000).address, block.address);
});
