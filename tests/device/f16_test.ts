import { assert, assertEquals, assertThrows } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { slice } from "../../src/device/device.ts";
import { findAdapter } from "../../src/device/webgpu/open.ts";
import { WebGpuDevice } from "../../src/device/webgpu/webgpu_device.ts";
import { DeviceError } from "../../src/errors.ts";
import { testInHalf } from "../devices.ts";

testInHalf("f16 views of odd lengths are uploaded, computed on, read and cleared", async (device) => {
  for (const length of [1, 2, 3, 127, 129]) {
    const values = Float16Array.from({ length }, (_, i) => i - 7.5);
    const [x, into] = [device.allocate("f16", length), device.allocate("f16", length)];
    device.upload(x, values);
    device.clear(into);
    device.dispatch("accumulate", { x, into }, { count: length, factor: 2 });
    assertEquals(await device.read(into), values.map((value) => 2 * value));
    device.clear(into);
    assertEquals(await device.read(into), new Float16Array(length));
  }
});

testInHalf("part of an f16 buffer is written alone", async (device) => {
  const whole = device.allocate("f16", 256);
  device.upload(whole, new Float16Array(256).fill(1));
  device.upload(slice(whole, 128, 3), Float16Array.of(5, 6, 7));
  device.clear(slice(whole, 2, 2));
  const found = await device.read(whole);
  assertEquals([...found.slice(0, 5)], [1, 1, 0, 0, 1]);
  assertEquals([...found.slice(127, 131)], [1, 5, 6, 7]);
});

testInHalf("f16 takes half of f32's memory", (device) => {
  const full = device.allocate("f32", 2 ** 16);
  const { liveBytes } = device.memory;
  device.free(full);
  device.allocate("f16", 2 ** 16);
  assertEquals(device.memory.liveBytes, liveBytes / 2);
  return Promise.resolve();
});

testInHalf("f32 becomes f16 and back by adding it to zero", async (device) => {
  const values = Float32Array.of(0, 1, -1, 1 / 3, 65504, 6e-8, 1e-9, -2.5);
  const full = device.allocate("f32", values.length);
  const half = device.allocate("f16", values.length);
  device.upload(full, values);
  device.clear(half);
  device.dispatch("accumulate", { x: full, into: half }, { count: values.length, factor: 1 });
  const found = await device.read(half);
  found.forEach((value, i) =>
    assert(Math.abs(value - values[i]) <= Math.abs(values[i]) * 2 ** -10 + 2 ** -24)
  );
  device.clear(full);
  device.dispatch("accumulate", { x: half, into: full }, { count: values.length, factor: 1 });
  assertEquals(await device.read(full), Float32Array.from(found));
});

testInHalf("a call whose element types do not go together is refused with what was expected", (device) => {
  const half = device.allocate("f16", 128);
  const full = device.allocate("f32", 128);
  const ids = device.allocate("u32", 128);
  assertThrows(
    () => device.dispatch("softmax", { x: half, y: full }, { rows: 1, columns: 1 }),
    TypeError,
    "softmax: expected y to be f16, as x is, but found f32",
  );
  assertThrows(
    () => device.dispatch("gradientNorm", { gradients: half, sums: full }, { count: 4, slot: 0, slots: 1 }),
    TypeError,
    "gradientNorm: expected gradients to be f32 but found f16",
  );
  assertThrows(
    () => device.dispatch("accumulate", { x: ids, into: half }, { count: 1, factor: 1 }),
    TypeError,
    "accumulate: expected x to be f32 or f16 but found u32",
  );
  assertThrows(
    () => device.dispatch("accumulate", { x: full, into: slice(half, 64, 64) }, { count: 1, factor: 1 }),
    RangeError,
    "expected into to begin at a multiple of 128 but found 64",
  );
  assertThrows(
    () => device.upload(half, new Float32Array(1)),
    TypeError,
    "Expected f16 data to upload but found f32",
  );
  return Promise.resolve();
});

Deno.test("the CPU device refuses f16 and says what to do", () => {
  const device = new CpuDevice();
  assertThrows(() => device.allocate("f16", 1), DeviceError, "use precision f32");
});

const adapter = await findAdapter();

Deno.test(
  "an adapter without shader-f16 is named when f16 is asked of it",
  { ignore: !adapter },
  async () => {
    const device = new WebGpuDevice(await adapter!.requestDevice(), "webgpu (old one)");
    assertThrows(
      () => device.allocate("f16", 1),
      DeviceError,
      "The adapter of webgpu (old one) has no shader-f16: use precision f32",
    );
    device.destroy();
  },
);
