import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { slice } from "../../src/device/device.ts";
import { findAdapter, openWebGpu } from "../../src/device/webgpu/open.ts";
import { WebGpuDevice } from "../../src/device/webgpu/webgpu_device.ts";
import { DeviceError, DeviceLostError } from "../../src/errors.ts";
import { testOnDevices } from "../devices.ts";

testOnDevices(
  "commands are carried out in the order of the calls, whatever is freed in between",
  async (device) => {
    const a = device.allocate("f32", 64);
    device.upload(a, new Float32Array(64).fill(1));
    const b = device.allocate("f32", 64);
    device.clear(b);
    device.dispatch("accumulate", { x: a, into: b }, { count: 64, factor: 3 });
    device.free(a);
    const c = device.allocate("f32", 64);
    device.upload(c, new Float32Array(64).fill(100));
    device.dispatch("accumulate", { x: c, into: b }, { count: 64, factor: 1 });
    device.clear(c);
    assertEquals(await device.read(b), new Float32Array(64).fill(103));
    assertEquals(await device.read(c), new Float32Array(64));
  },
);

testOnDevices("a view of part of a buffer is read, written and computed on alone", async (device) => {
  const whole = device.allocate("f32", 192);
  device.clear(whole);
  const part = slice(whole, 64, 64);
  device.upload(part, new Float32Array(64).fill(3));
  const x = device.allocate("f32", 64);
  device.upload(x, new Float32Array(64).fill(2));
  device.dispatch("accumulate", { x, into: part }, { count: 64, factor: 1 });
  const values = await device.read(whole);
  assertEquals([values[63], values[64], values[127], values[128]], [0, 5, 5, 0]);
});

testOnDevices("memory counts what is live and its peak, and freed buffers are used again", (device) => {
  const own = device.memory.peakBytes;
  const a = device.allocate("f32", 1024);
  const live = device.memory.liveBytes;
  assert(live >= 4096);
  device.free(a);
  assertEquals(device.memory.liveBytes, 0);
  const b = device.allocate("u32", 1024);
  assertEquals(device.memory.reservedBytes, live);
  assertEquals(device.memory.peakBytes, own + live);
  device.free(b);
  assertThrows(() => device.free(b), TypeError, "freed before");
  return Promise.resolve();
});

testOnDevices("a wrong call throws before anything runs, and says what is wrong", (device) => {
  const x = device.allocate("f32", 12);
  const y = device.allocate("f32", 12);
  const ids = device.allocate("u32", 12);
  const sizes = { rows: 3, columns: 4 };
  // deno-lint-ignore no-explicit-any -- calls that the compiler would refuse
  const dispatch = device.dispatch.bind(device) as any;
  assertThrows(() => dispatch("softmax", { x }, sizes), TypeError, "softmax: buffer y is missing");
  assertThrows(() => dispatch("softmax", { x, y, z: x }, sizes), TypeError, "softmax has no buffer z");
  assertThrows(
    () => dispatch("softmax", { x: ids, y }, sizes),
    TypeError,
    "expected x to be f32 or f16 but found u32",
  );
  assertThrows(
    () => dispatch("softmax", { x, y }, { rows: 4, columns: 4 }),
    RangeError,
    "expected x [rows, columns] to have 16 elements but found 12",
  );
  assertThrows(() => dispatch("softmax", { x, y }, { rows: 3 }), TypeError, "expected columns to be a u32");
  assertThrows(
    () => dispatch("softmax", { x, y }, { ...sizes, axis: 1 }),
    TypeError,
    "softmax has no parameter axis",
  );
  return Promise.resolve();
});

testOnDevices("more workgroups than a dimension of a dispatch may have are folded", async (device) => {
  const rows = 70_000;
  const x = device.allocate("f32", rows);
  const y = device.allocate("f32", rows);
  device.clear(x);
  device.clear(y);
  device.dispatch("softmax", { x, y }, { rows, columns: 1 });
  assertEquals(await device.read(y), new Float32Array(rows).fill(1));
});

const ignore = await findAdapter() === undefined;

Deno.test("tests run under WebGPU's default limits, whatever the adapter could do", { ignore }, async () => {
  const device = await openWebGpu();
  assertEquals(device.maxBindingBytes, 128 * 2 ** 20);
  assertThrows(() => device.allocate("f32", 2 ** 26 + 1, "table"), DeviceError, "table needs");
  const large = device.allocate("f32", 2 ** 25 + 64, "logits");
  assertThrows(
    () =>
      device.dispatch("accumulate", { x: large, into: device.allocate("f32", 1) }, { count: 1, factor: 1 }),
    DeviceError,
    "a binding of this device at most 134217728",
  );
  device.destroy();
});

Deno.test(
  "a view that does not begin at a multiple of 64 elements is refused on a GPU",
  { ignore },
  async () => {
    const device = await openWebGpu();
    const view = device.allocate("f32", 128);
    const into = device.allocate("f32", 128);
    assertThrows(
      () => device.dispatch("accumulate", { x: slice(view, 1, 8), into }, { count: 8, factor: 1 }),
      RangeError,
      "expected x to begin at a multiple of 64 but found 1",
    );
    device.destroy();
  },
);

testOnDevices("memory that the pool gives up is still there for the commands before", async (device) => {
  const result = device.allocate("f32", 64);
  device.clear(result);
  for (let round = 1; round <= 40; round++) {
    const x = device.allocate("f32", 4096 * round);
    device.upload(x, new Float32Array(64).fill(round));
    device.dispatch("accumulate", { x, into: result }, { count: 64, factor: 1 });
    device.free(x);
  }
  assert(device.memory.reservedBytes <= 1.5 * device.memory.peakBytes);
  assertEquals(await device.read(result), new Float32Array(64).fill(820));
});

testOnDevices("what is uploaded has the view's dtype and fits in", (device) => {
  const floats = device.allocate("f32", 64);
  assertThrows(
    () => device.upload(floats, new Uint32Array(64)),
    TypeError,
    "Expected f32 data to upload but found u32",
  );
  assertThrows(
    () => device.upload(floats, new Float32Array(65)),
    RangeError,
    "at most 64 elements to upload but found 65",
  );
  return Promise.resolve();
});

testOnDevices(
  "a destroyed device says so; what was in use may be freed, and destroying again does nothing",
  (device) => {
    const view = device.allocate("f32", 64);
    device.destroy();
    device.destroy();
    device.free(view);
    assertEquals([device.memory.liveBytes, device.memory.reservedBytes], [0, 0]);
    assertThrows(
      () => device.allocate("f32", 64),
      DeviceError,
      "This device was destroyed: open another one",
    );
    return Promise.resolve();
  },
);

Deno.test("scratch that is too large for a binding is refused like a buffer", { ignore }, async () => {
  const device = await openWebGpu();
  const [m, n, k] = [4090, 8192, 1];
  const [a, b, c] = [m * k, n * k, m * n].map((length) => device.allocate("f32", length));
  assertThrows(
    () => device.dispatch("matmul", { a, b, c }, { m, n, k }),
    DeviceError,
    "matmul: product has 134",
  );
  device.destroy();
});

Deno.test(
  "a command that the GPU refuses is named at the next wait, with the cause",
  { ignore },
  async () => {
    const device = await openWebGpu();
    const x = device.allocate("f32", 64);
    const beyond = { ...x, length: 128 };
    device.dispatch("accumulate", { x: beyond, into: device.allocate("f32", 128) }, {
      count: 128,
      factor: 1,
    });
    await assertRejects(() => device.flush(), DeviceError, "failed when running kernels");
    await assertRejects(() => device.flush(), DeviceError, "failed when running kernels");
    device.destroy();
  },
);

Deno.test("a device that went away gives errors, never numbers", { ignore }, async () => {
  const gpu = await (await findAdapter())!.requestDevice();
  const lost = new WebGpuDevice(gpu, "lost");
  const view = lost.allocate("f32", 64);
  lost.clear(view);
  await lost.flush();
  gpu.destroy();
  await assertRejects(() => lost.read(view), DeviceLostError);
  await assertRejects(() => lost.flush(), DeviceLostError);
  lost.destroy();

  const destroyed = await openWebGpu();
  const other = destroyed.allocate("f32", 64);
  destroyed.destroy();
  await assertRejects(() => destroyed.read(other), DeviceError, "This device was destroyed");
  await assertRejects(() => destroyed.flush(), DeviceError, "This device was destroyed");
});
