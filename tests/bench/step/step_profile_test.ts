import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { besideRoofline, profileWork } from "../../../bench/step/step_profile.ts";
import { WatchedDevice } from "../../../bench/step/watched_device.ts";
import { openCpu } from "../../../src/device/cpu/open.ts";
import type { Device } from "../../../src/device/device.ts";
import type { PassTime } from "../../../src/device/profile.ts";

/** A GFLOP/s and a GB/s, so that bytes are nanoseconds. */
const roofline = { gigaflops: 1, copies: [{ bytes: 2 ** 19, rate: 1 }] };

/** Rows of 64, with a buffer for the result that is made and freed in each turn. */
function softmaxWork(device: Device) {
  const rows = 100;
  const weights = device.allocate("f32", rows * 64, "parameters");
  device.clear(weights);
  return {
    tokens: [rows],
    turn: () => {
      const y = device.allocate("f32", rows * 64, "activation");
      device.dispatch("softmax", { x: weights, y }, { rows, columns: 64 });
      device.dispatch("gradientNorm", { gradients: y, sums: weights }, {
        count: rows * 64,
        slot: 0,
        slots: 1,
      });
      device.free(y);
      return Promise.resolve();
    },
    finish: () => device.flush(),
  };
}

Deno.test("a profile counts calls, passes, buffers and bytes of a turn, and its device time is that of its ops", async () => {
  const passes: PassTime[] = [];
  const device = new WatchedDevice(
    await openCpu({ threads: 2, profiler: (pass) => void passes.push(pass) }),
  );
  try {
    const found = await profileWork(device, softmaxWork(device), { turns: 5, warmup: 2, passes });
    const counts = found.ops.map(({ op, calls, passes }) => ({ op, calls, passes }))
      .sort((a, b) => a.op < b.op ? -1 : 1);
    assertEquals(counts, [
      { op: "gradientNorm", calls: 1, passes: 2 },
      { op: "softmax", calls: 1, passes: 1 },
    ]);
    assertEquals(found.tokens, 100);
    // What the device makes includes the scratch of gradientNorm.
    assertEquals(found.buffers, { asked: 1, madeBefore: 2, made: 0, lastMadeIn: 1 });
    assertEquals([found.peak.parts.weights, found.peak.parts.activations], [25600, 25600]);
    assertAlmostEquals(found.ops.reduce((sum, { device }) => sum + device, 0), found.device!, 1e-9);
    assertAlmostEquals(found.ops.reduce((sum, { share }) => sum + share, 0), 1, 1e-9);
    assert(found.device! + found.idle! <= found.wall + 0.2);
    // softmax reads and writes 25,600 bytes, which takes longer than its 32,000 FLOP.
    const { ops, limit, wallByLimit, wall } = besideRoofline(found, roofline);
    const limits = new Map(ops.map(({ op, limit }) => [op, limit]));
    assertAlmostEquals(limits.get("softmax")!, 0.0512, 1e-9);
    assertAlmostEquals(limit, 0.0512 + limits.get("gradientNorm")!, 1e-9);
    assertAlmostEquals(wallByLimit * limit, wall, 1e-9);
  } finally {
    device.destroy();
  }
});

Deno.test("where a device tells of no passes, times of the device are missing and the rest is there", async () => {
  const device = new WatchedDevice(await openCpu({ threads: 1 }));
  try {
    const found = await profileWork(device, softmaxWork(device), {
      turns: 2,
      warmup: 1,
      passes: [],
    });
    assertEquals([found.device, found.idle], [undefined, undefined]);
    assertEquals(found.ops.map(({ calls, share }) => [calls, share]), [[1, NaN], [1, NaN]]);
    assert(found.wall > 0 && found.tokensPerSecond > 0);
  } finally {
    device.destroy();
  }
});
