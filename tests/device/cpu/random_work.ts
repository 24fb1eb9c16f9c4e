import type { Device, HostData, View } from "../../../src/device/device.ts";
import { Random } from "../../../src/random/random.ts";

/** A view with values in it. */
export function filled(device: Device, values: Float32Array): View {
  const view = device.allocate("f32", values.length);
  device.upload(view, values);
  return view;
}

/**
 * Three values after random ops on them with reads in between; every order but the right one gives others.
 */
export async function randomWork(device: Device, ops = 1000): Promise<HostData[]> {
  const random = new Random(1, "random work");
  const size = 20_000; // two tasks an op
  const views = [0, 1, 2].map((i) => filled(device, new Float32Array(size).fill(i + 1)));
  const reads: Promise<HostData>[] = [];
  for (let i = 0; i < ops; i++) {
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
