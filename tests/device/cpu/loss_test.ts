import { assertEquals, assertInstanceOf, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { InlineExecutor } from "../../../src/device/cpu/inline_executor.ts";
import { instantiate } from "../../../src/device/cpu/instantiate.ts";
import { compileKernels } from "../../../src/device/cpu/wasm_kernels.ts";
import { openCpu } from "../../../src/device/cpu/open.ts";
import type { Device, View } from "../../../src/device/device.ts";
import { DeviceLostError } from "../../../src/errors.ts";
import { breakThread, openPool } from "./pool.ts";

async function assertAllLost(waiting: Promise<unknown>[], message: RegExp): Promise<void> {
  const errors = await Promise.all(waiting.map((each) => each.then(() => undefined, (error) => error)));
  for (const error of errors) {
    assertInstanceOf(error, DeviceLostError);
    assertMatch(error.message, message);
  }
}

/** All that waits, and whatever is called after, throws the same. */
async function assertLost(device: Device, view: View, message: RegExp): Promise<void> {
  await assertAllLost([device.flush(), device.read(view)], message);
  const calls = [
    () => device.upload(view, new Float32Array(1)),
    () => device.clear(view),
    () => device.dispatch("softmax", { x: view, y: device.allocate("f32", 64) }, { rows: 1, columns: 64 }),
  ];
  for (const call of calls) assertMatch(assertThrows(call, DeviceLostError).message, message);
}

const destroyed = /^This device was destroyed: open another one$/;
const trapped = /^The CPU device was lost: memory access out of bounds; [^\n]*run again, with resume[^\n]*$/;

for (const threads of [1, 3]) {
  Deno.test(`a thread that dies rejects all that waits and all that comes after, of ${threads} threads`, async () => {
    const pool = await openPool(threads);
    const { device } = pool;
    const view = device.allocate("f32", 64);
    device.clear(view);
    await device.flush();
    breakThread(pool);
    // More than the ring holds waits behind the task that never ends.
    for (let i = 0; i < 5000; i++) device.clear(view);
    await assertAllLost([device.read(view), device.flush(), device.read(view)], trapped);
    await assertLost(device, view, trapped);
    device.destroy();
    device.destroy();
  });
}

Deno.test("a kernel that fails on the calling thread is a lost device, too", async () => {
  const compiled = compileKernels();
  const executor = new InlineExecutor(instantiate(compiled.module, compiled.memory), compiled.memory);
  const passes = [{ kernel: "copyBytes", tasks: 1 }];
  executor.submit({ op: "copy", passes, words: Uint32Array.of(0xffff0000, 1024, 0x20000) });
  await assertRejects(() => executor.flush(), DeviceLostError, "memory access out of bounds");
  assertThrows(() => executor.submit({ op: "", passes: [], words: new Uint32Array() }), DeviceLostError);
  await assertRejects(() => executor.flush(), DeviceLostError);
});

Deno.test("a kernel that there is not is refused when it is submitted, and nothing of its call runs", async () => {
  const { device, executor } = await openPool(2);
  const compiled = compileKernels();
  const inline = new InlineExecutor(instantiate(compiled.module, compiled.memory), compiled.memory);
  for (const each of [executor, inline]) {
    const passes = [{ kernel: "clearBytes", tasks: 1 }, { kernel: "softMax", tasks: 1 }];
    assertThrows(
      () => each.submit({ op: "softmax", passes, words: Uint32Array.of(0, 0) }),
      TypeError,
      "Expected a CPU kernel but found no softMax among them",
    );
    assertEquals(each.submitted, 0);
    await each.flush();
  }
  device.destroy();
});

for (const threads of [1, 2]) {
  Deno.test(`destroy() in the midst of work rejects what waits, with ${threads} threads`, async () => {
    const device = await openCpu({ threads });
    const size = 2 ** 20;
    const [x, y] = [device.allocate("f32", size), device.allocate("f32", size)];
    device.clear(x);
    for (let i = 0; i < 3000; i++) device.dispatch("softmax", { x, y }, { rows: 2 ** 10, columns: 2 ** 10 });
    const waiting = assertAllLost([device.read(y), device.flush()], destroyed);
    device.destroy();
    await waiting;
    await assertAllLost([device.read(y), device.flush()], destroyed);
    device.destroy();
  });
}

Deno.test("what was read back before the device was destroyed stays whole", async () => {
  const device = await openCpu({ threads: 2 });
  const view = device.allocate("f32", 64);
  device.upload(view, new Float32Array(64).fill(7));
  const values = await device.read(view);
  device.destroy();
  assertEquals(values, new Float32Array(64).fill(7));
});
