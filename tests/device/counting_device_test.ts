import { assertEquals, assertThrows } from "@std/assert";
import type { Device } from "../../src/device/device.ts";
import { findAdapter, openWebGpu } from "../../src/device/webgpu/open.ts";
import { DeviceError } from "../../src/errors.ts";
import { testOnDevices } from "../devices.ts";

/** Memory that comes and goes, ops with scratch among it. */
async function work(device: Device): Promise<void> {
  const kept = device.allocate("f32", 12_345, "kept");
  for (const rows of [700, 64, 130]) {
    const [a, b, c] = [rows * 100, 100 * 90, rows * 90].map((length) => device.allocate("f32", length));
    device.clear(a);
    device.upload(b, new Float32Array(b.length));
    device.dispatch("matmul", { a, b, c }, { m: rows, n: 90, k: 100 });
    device.dispatch("columnSums", { x: c, sums: a }, { rows, columns: 90 });
    for (const view of [a, b, c]) device.free(view);
  }
  await device.read(kept);
  device.free(kept);
}

testOnDevices("what a rehearsal counts is what the device takes then, to the byte", async (device) => {
  const rehearsal = device.rehearsal();
  await work(rehearsal);
  assertEquals(device.memory.liveBytes, 0);
  await work(device);
  assertEquals(rehearsal.memory.peakBytes, device.memory.peakBytes);
  const { bytes, byLabel } = rehearsal.peak;
  assertEquals([bytes, [...byLabel.values()].reduce((a, b) => a + b)], [rehearsal.memory.peakBytes, bytes]);
});

Deno.test(
  "a rehearsal refuses what the device could not bind, without taking memory for it",
  { ignore: !await findAdapter() },
  async () => {
    const device = await openWebGpu();
    const rehearsal = device.rehearsal();
    const count = 2 ** 25 + 64;
    const [x, into] = [rehearsal.allocate("f32", count), rehearsal.allocate("f32", count)];
    assertThrows(
      () => rehearsal.dispatch("accumulate", { x, into }, { count, factor: 1 }),
      DeviceError,
      "accumulate: x has 134217984 bytes, and a binding of this device at most 134217728: use a smaller batchTokens",
    );
    assertThrows(() => rehearsal.allocate("f32", 2 ** 26 + 1, "logits"), DeviceError, "logits needs");
    assertEquals(device.memory.reservedBytes, 0);
    device.destroy();
  },
);
