import { assertEquals } from "@std/assert";
import { CpuDevice } from "../../../src/device/cpu/cpu_device.ts";
import { openCpu } from "../../../src/device/cpu/open.ts";
import { SLOTS } from "../../../src/device/cpu/ring.ts";
import type { Device, HostData, View } from "../../../src/device/device.ts";
import { Random } from "../../../src/random/random.ts";
import { openPool, spawnLagging } from "./pool.ts";

async function withThreads(threads: number, test: (device: Device) => Promise<void>): Promise<void> {
  const device = await openCpu({ threads });
  try {
    await test(device);
  } finally {
    device.destroy();
  }
}

function filled(device: Device, values: Float32Array): View {
  const view = device.allocate("f32", values.length);
  device.upload(view, values);
  return view;
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

/** Three values after 1,000 random ops on them with reads in between; every order but the right one gives others. */
async function randomWork(device: Device): Promise<HostData[]> {
  const random = new Random(1, "random work");
  const size = 20_000; // two tasks an op
  const views = [0, 1, 2].map((i) => filled(device, new Float32Array(size).fill(i + 1)));
  const reads: Promise<HostData>[] = [];
  for (let i = 0; i < 1000; i++) {
    const into = random.integer(3);
    const x = (into + 1 + random.integer(2)) % 3;
    if (i % 200 === 0) device.upload(views[into], new Float32Array(size).fill(random.uniform()));
    else {
      device.dispatch("accumulate", { x: views[x], into: views[into] }, {
        count: size,
        factor: random.uniform() - 0.5,
      });
    }
    if (random.integer(100) === 0) reads.push(device.read(views[into]));
    // Sometimes the workers run dry and fall asleep.
    if (random.integer(200) === 0) await device.flush();
  }
  return await Promise.all([...reads, ...views.map((view) => device.read(view))]);
}

Deno.test("threads that are held up at any place change no bit of any result", async () => {
  const expected = await randomWork(new CpuDevice());
  const { device } = await openPool(4, spawnLagging);
  try {
    assertEquals(await randomWork(device), expected);
  } finally {
    device.destroy();
  }
});
