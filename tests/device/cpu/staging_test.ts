import { assertEquals, assertThrows } from "@std/assert";
import type { Executor } from "../../../src/device/cpu/executor.ts";
import { Heap } from "../../../src/device/cpu/heap.ts";
import { Staging, STAGING_BYTES } from "../../../src/device/cpu/staging.ts";
import { DeviceLostError } from "../../../src/errors.ts";
import { breakThread, openPool } from "./pool.ts";

/** Staging on an executor that stands where the test puts it, and notes what it is asked to complete. */
function stagingOf({ submitted = 0, completed = 0 } = {}) {
  const asked: number[] = [];
  const executor = {
    submitted,
    completed,
    complete(passes: number) {
      asked.push(passes);
      executor.completed = passes;
    },
  };
  const heap = new Heap(new WebAssembly.Memory({ initial: 1, maximum: 1024 }), 0);
  return { staging: new Staging(heap, executor as unknown as Executor), executor, asked };
}

Deno.test("bytes on their way are not overwritten, and their place is used again when they have arrived", () => {
  const { staging, executor, asked } = stagingOf();
  const [half, quarter] = [STAGING_BYTES / 2, STAGING_BYTES / 4];
  assertEquals(staging.take(half), 0);
  executor.submitted = 3;
  staging.sent();
  assertEquals(staging.take(quarter), half);
  executor.submitted = 5;
  staging.sent();
  executor.completed = 2;
  assertEquals(staging.take(quarter), half + quarter);
  executor.submitted = 6;
  staging.sent();
  executor.completed = 3;
  assertEquals(staging.take(quarter), 0);
  assertEquals(asked, []);
});

Deno.test("a ring that is full waits for the oldest bytes, as many as make room", () => {
  const { staging, executor, asked } = stagingOf();
  const quarter = STAGING_BYTES / 4;
  for (let i = 1; i <= 4; i++) {
    assertEquals(staging.take(quarter), (i - 1) * quarter);
    executor.submitted = i;
    staging.sent();
  }
  assertEquals(staging.take(100), 0);
  executor.submitted = 5;
  staging.sent();
  assertEquals(asked, [1]);
  assertEquals(staging.take(2 * quarter), 128);
  assertEquals(asked, [1, 2, 3]);
  executor.submitted = 6;
  staging.sent();
  // What is left before the end is too little, so it begins anew.
  assertEquals(staging.take(2 * quarter), 0);
  assertEquals(asked, [1, 2, 3, 4, 5, 6]);
});

Deno.test("more bytes than the ring has are refused, and change nothing", () => {
  const { staging } = stagingOf();
  assertEquals(staging.take(STAGING_BYTES + 1), undefined);
  assertEquals(staging.take(STAGING_BYTES), 0);
});

Deno.test("uploads of any size keep their place among ops and take no memory but the ring's", async () => {
  const { device, memory } = await openPool(2);
  const [small, large] = [2 ** 16, 2 ** 21];
  const views = [small, large, small, large].map((length) => device.allocate("f32", length));
  const [x, y, sumX, sumY] = views;
  for (const view of views) device.clear(view);
  const grown = memory.buffer.byteLength;
  const { peakBytes } = device.memory;
  const sums = [0, 0];
  for (let i = 1; i <= 100; i++) {
    const [view, into, which] = i % 10 === 0 ? [y, sumY, 1] : [x, sumX, 0];
    device.upload(view, new Float32Array(view.length).fill(i));
    device.dispatch("accumulate", { x: view, into }, { count: view.length, factor: 1 });
    sums[which] += i;
  }
  assertEquals([device.memory.peakBytes, memory.buffer.byteLength], [peakBytes, grown]);
  assertEquals(await device.read(sumX), new Float32Array(small).fill(sums[0]));
  assertEquals(await device.read(sumY), new Float32Array(large).fill(sums[1]));
  device.destroy();
});

Deno.test("an upload that waits for memory is told when a thread dies", async () => {
  const pool = await openPool(2);
  const { device } = pool;
  const view = device.allocate("f32", STAGING_BYTES / 2);
  device.clear(view);
  breakThread(pool);
  device.clear(view);
  assertThrows(() => device.upload(view, new Float32Array(view.length)), DeviceLostError, "was lost: ");
  device.destroy();
});
