import { assertEquals, assertMatch } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { HostData, View } from "../../src/device/device.ts";
import { verifyOps } from "../../src/device/verify_ops.ts";
import { DeviceLostError } from "../../src/errors.ts";

/** A device whose read-backs go through `change`. */
function tamperedDevice(change: (data: HostData) => HostData): CpuDevice {
  const device = new CpuDevice();
  const read = device.read.bind(device);
  return Object.assign(device, { read: async (view: View) => change(await read(view)) });
}

async function verdictsOf(open: () => CpuDevice, ...ops: ("widen" | "softmax" | "accumulate")[]) {
  const verdicts = [];
  for await (const verdict of verifyOps(() => Promise.resolve(open()), ops)) verdicts.push(verdict);
  return verdicts;
}

Deno.test("verifyOps() finds nothing on a device that is right", async () => {
  const [softmax, widen] = await verdictsOf(() => new CpuDevice(), "softmax", "widen");
  assertEquals([softmax.failures, widen.failures, widen.worst], [[], [], 0]);
  assertEquals(softmax.cases > 5 && softmax.worst <= 1, true);
});

Deno.test("verifyOps() names case, output and error of a result that is a little off", async () => {
  const [{ worst, failures }] = await verdictsOf(
    () => tamperedDevice((data) => data.map((value) => value * 1.00001) as HostData),
    "softmax",
  );
  assertEquals(worst > 1, true);
  assertMatch(failures[0], /^.+: y is 1\.\de-5 off, allowed is 0\.000001$/);
});

Deno.test("verifyOps() takes NaN for a failure", async () => {
  const [{ worst, failures }] = await verdictsOf(
    () => tamperedDevice((data) => data.map(() => NaN) as HostData),
    "softmax",
  );
  assertEquals([worst, failures.length > 0], [Infinity, true]);
});

Deno.test("verifyOps() goes on with a new device after one that was lost", async () => {
  let opened = 0;
  const open = () =>
    ++opened > 1 ? new CpuDevice() : tamperedDevice(() => {
      throw new DeviceLostError("The GPU device was lost: it hung");
    });
  const [first, second] = await verdictsOf(open, "accumulate", "softmax");
  assertEquals([first.failures, second.failures], [["The GPU device was lost: it hung"], []]);
});
