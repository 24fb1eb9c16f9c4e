import { assert, assertEquals } from "@std/assert";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { openCpu } from "../../../src/device/cpu/open.ts";
import { SLOTS } from "../../../src/device/cpu/ring.ts";
import type { Device, HostData } from "../../../src/device/device.ts";
import { openPool, spawnLagging } from "./pool.ts";
import { filled, randomWork } from "./random_work.ts";

async function withThreads(threads: number, test: (device: Device) => Promise<void>): Promise<void> {
  const device = await openCpu({ threads });
  try {
    await test(device);
  } finally {
    device.destroy();
  }
}

Deno.test("tens of thousands of ops, many times what the ring holds, run once each and in order", () =>
  withThreads(2, async (device) => {
    const ops = 10 * SLOTS;
    const one = filled(device, Float32Array.of(1));
    const sum = filled(device, Float32Array.of(0));
    const doubled = filled(device, Float32Array.of(0));
    for (let i = 0; i < ops; i++) {
      device.dispatch("accumulate", { x: one, into: sum }, { count: 1, factor: 1 });
      // Reads what the op before wrote: i + 1 of it is right only at this place.
      device.dispatch("accumulate", { x: sum, into: doubled }, { count: 1, factor: i % 2 === 0 ? 1 : -1 });
    }
    assertEquals([...await device.read(sum), ...await device.read(doubled)], [ops, -ops / 2]);
  }));

Deno.test("uploads between ops keep their place, also where the host is far ahead", () =>
  withThreads(3, async (device) => {
    const x = device.allocate("f32", 64);
    const sum = filled(device, new Float32Array(64));
    let expected = 0;
    for (let i = 1; i <= 2 * SLOTS; i++) {
      const value = i % 7;
      device.upload(x, new Float32Array(64).fill(value));
      device.dispatch("accumulate", { x, into: sum }, { count: 64, factor: 1 });
      expected += value;
    }
    assertEquals(await device.read(sum), new Float32Array(64).fill(expected));
  }));

Deno.test("many reads at once see each the state at its call, whatever comes after it", () =>
  withThreads(2, async (device) => {
    const one = filled(device, Float32Array.of(1));
    const sum = filled(device, Float32Array.of(0));
    const reads: Promise<HostData>[] = [];
    for (let i = 1; i <= 5000; i++) {
      device.dispatch("accumulate", { x: one, into: sum }, { count: 1, factor: 1 });
      if (i % 50 === 0) reads.push(device.read(sum));
    }
    const found = (await Promise.all(reads.reverse())).map(([value]) => value).reverse();
    assertEquals(found, Array.from({ length: 100 }, (_, i) => 50 * (i + 1)));
  }));

Deno.test("flush() waits for everything before it, and for nothing where there is nothing", () =>
  withThreads(2, async (device) => {
    await device.flush();
    const view = device.allocate("f32", 2 ** 20);
    device.clear(view);
    await Promise.all([device.flush(), device.flush()]);
    assertEquals((await device.read(view)).every((value) => value === 0), true);
  }));

Deno.test("memory that grows under the threads is theirs at once", () =>
  withThreads(2, async (device) => {
    const one = filled(device, new Float32Array(64).fill(1));
    for (let i = 0; i < 40; i++) {
      const large = device.allocate("f32", 2 ** 18 + 64);
      device.clear(large);
      device.dispatch("accumulate", { x: one, into: large }, { count: 64, factor: i });
      assertEquals((await device.read(large))[63], i);
    }
  }));

Deno.test("threads that are held up at any place change no bit of any result", async () => {
  const expected = await randomWork(new CpuDevice());
  const { device } = await openPool(4, spawnLagging);
  try {
    assertEquals(await randomWork(device), expected);
  } finally {
    device.destroy();
  }
});

Deno.test("work that is withdrawn is not run any more, neither what the ring holds nor what waits for it", () =>
  withThreads(2, async (device) => {
    const size = 2 ** 20;
    const [x, into] = [
      filled(device, new Float32Array(size).fill(1)),
      filled(device, new Float32Array(size)),
    ];
    const times = 2 * SLOTS; // seconds of work
    const { withdraw } = device.withdrawable(() => {
      for (let i = 0; i < times; i++) device.dispatch("accumulate", { x, into }, { count: size, factor: 1 });
    });
    withdraw();
    device.dispatch("accumulate", { x: into, into: x }, { count: size, factor: 0 });
    const done = (await device.read(into) as Float32Array)[0];
    assert(done < SLOTS, `${done} of ${times}`);
    assertEquals(new Set(await device.read(x) as Float32Array), new Set([1]));
  }));
