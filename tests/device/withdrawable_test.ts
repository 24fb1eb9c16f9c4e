import { assertEquals } from "@std/assert";
import type { Device } from "../../src/device/device.ts";
import { testOnDevices } from "../devices.ts";

const SIZE = 4096;

/** Adds one view to another, `times` times over. */
function add(device: Device, { x, into, times }: Record<"x" | "into", View> & { times: number }): void {
  for (let i = 0; i < times; i++) device.dispatch("accumulate", { x, into }, { count: SIZE, factor: 1 });
}

type View = ReturnType<Device["allocate"]>;

testOnDevices(
  "work that is withdrawn leaves all other work as it is, whoever waits for it",
  async (device) => {
    const [ones, withdrawn, before, after] = Array.from({ length: 4 }, () => device.allocate("f32", SIZE));
    for (const view of [withdrawn, before, after]) device.clear(view);
    device.upload(ones, new Float32Array(SIZE).fill(1));
    add(device, { x: ones, into: before, times: 100 });
    const early = device.read(before);
    // More than the ring of the CPU device holds, so that some waits outside of it.
    const { result: reading, withdraw } = device.withdrawable(() => {
      add(device, { x: ones, into: withdrawn, times: 5000 });
      return device.read(withdrawn);
    });
    add(device, { x: ones, into: after, times: 100 });
    withdraw();
    const late = device.read(after);
    assertEquals((await early)[SIZE - 1], 100);
    assertEquals((await late)[SIZE - 1], 100);
    await reading; // whatever it is
    add(device, { x: ones, into: after, times: 1 });
    assertEquals(new Set(await device.read(after) as Float32Array), new Set([101]));
  },
);

testOnDevices(
  "work that is not withdrawn is done, and so is what is enqueued after the function",
  async (device) => {
    const [ones, into] = [device.allocate("f32", SIZE), device.allocate("f32", SIZE)];
    device.clear(into);
    device.upload(ones, new Float32Array(SIZE).fill(1));
    const outer = device.withdrawable(() => {
      const inner = device.withdrawable(() => add(device, { x: ones, into, times: 3 }));
      add(device, { x: ones, into, times: 1 });
      return inner;
    });
    add(device, { x: ones, into, times: 2 });
    assertEquals(new Set(await device.read(into) as Float32Array), new Set([6]));
    outer.withdraw();
    outer.result.withdraw();
    assertEquals(new Set(await device.read(into) as Float32Array), new Set([6]));
  },
);
