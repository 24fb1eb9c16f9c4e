import { assert, assertEquals, assertRejects } from "@std/assert";
import { kernels } from "../../../kernels/cpu/mod.ts";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { STAGING_BYTES } from "../../../src/device/cpu/staging.ts";
import { DeviceLostError } from "../../../src/errors.ts";
import { inShortestTurns } from "../../turns.ts";
import { filled, randomWork } from "./random_work.ts";

Deno.test("a call on the calling thread gives it back after every task, when its turn is over", async () => {
  const device = new CpuDevice();
  const n = 200;
  const [a, b, c] = [0, 1, 2].map(() => filled(device, new Float32Array(n * n).fill(1)));
  await device.flush();
  const call = {
    uniforms: { m: n, n, k: n },
    constants: {},
    real: "f32",
    dtypes: {},
    has: () => false,
  } as const;
  const tasks = kernels.matmul.passes(call).reduce((sum, pass) => sum + pass.tasks, 0);
  assert(tasks > 20);
  await inShortestTurns(async (turns) => {
    device.dispatch("matmul", { a, b, c }, { m: n, n, k: n });
    assertEquals(turns(), 1);
    await device.flush();
    assert(turns() >= tasks, `${turns()} turns of ${tasks} tasks`);
  });
  assertEquals(await device.read(c), new Float32Array(n * n).fill(n));
});

Deno.test("timers fire between the tasks of a call on the calling thread", async () => {
  const device = new CpuDevice();
  const [x, into] = [filled(device, new Float32Array(2 ** 20)), filled(device, new Float32Array(2 ** 20))];
  await inShortestTurns(async () => {
    let fired = false;
    device.dispatch("accumulate", { x, into }, { count: 2 ** 20, factor: 1 });
    setTimeout(() => fired = true, 0);
    await device.flush();
    assert(fired);
  });
});

Deno.test("turns of the calling thread change no bit of any result", async () => {
  const expected = await randomWork(new CpuDevice(), 100);
  assertEquals(await inShortestTurns(() => randomWork(new CpuDevice(), 100)), expected);
});

Deno.test("an upload to a view in use keeps its place, whether it fits into what is on its way or not", async () => {
  const device = new CpuDevice();
  for (const length of [64, STAGING_BYTES / 4 + 64]) {
    const [x, sum] = [0, 1].map(() => filled(device, new Float32Array(length)));
    await inShortestTurns(async () => {
      for (const value of [1, 2, 3, 4]) {
        device.upload(x, new Float32Array(length).fill(value));
        device.dispatch("accumulate", { x, into: sum }, { count: length, factor: 1 });
      }
      await device.flush();
    });
    assertEquals(await device.read(sum), new Float32Array(length).fill(10));
  }
});

Deno.test("destroy() in the midst of a call on the calling thread rejects what waits, and nothing runs after it", async () => {
  const device = new CpuDevice();
  const [x, into] = [filled(device, new Float32Array(2 ** 20)), filled(device, new Float32Array(2 ** 20))];
  await inShortestTurns(async (turns) => {
    device.dispatch("accumulate", { x, into }, { count: 2 ** 20, factor: 1 });
    const waiting = [device.flush(), device.read(into)].map((promise) =>
      assertRejects(() => promise, DeviceLostError, "This device was destroyed")
    );
    device.destroy();
    await Promise.all(waiting);
    const { length } = waiting;
    assertEquals([turns(), length], [1, 2]);
  });
});
