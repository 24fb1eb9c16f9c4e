import { assert, assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { kernels } from "../../kernels/cpu/mod.ts";
import { InlineExecutor } from "../../src/device/cpu/inline_executor.ts";
import { openCpu } from "../../src/device/cpu/open.ts";
import { SLOTS } from "../../src/device/cpu/ring.ts";
import { instantiate } from "../../src/device/cpu/instantiate.ts";
import { compileKernels } from "../../src/device/cpu/wasm_kernels.ts";
import type { Device, HostData } from "../../src/device/device.ts";
import type { PassTime, Profiler } from "../../src/device/profile.ts";
import { findAdapter, openWebGpu } from "../../src/device/webgpu/open.ts";

const adapter = await findAdapter();

/** Where profiles are taken. */
const devices: {
  name: string;
  ignore?: boolean;
  /** What may be told of besides ops. */
  besides: readonly string[];
  open(profiler?: Profiler): Device | Promise<Device>;
}[] = [
  { name: "cpu", besides: ["clear", "copy"], open: inlineDevice },
  {
    name: "cpu, 2 threads",
    besides: ["clear", "copy"],
    open: (profiler) => openCpu({ threads: 2, profiler }),
  },
  {
    name: "webgpu",
    ignore: !adapter?.features.has("timestamp-query"),
    besides: ["clear", "copy", "upload"],
    open: (profiler) => openWebGpu({ profiler }),
  },
];

function inlineDevice(profiler?: Profiler): Device {
  const compiled = compileKernels();
  const { module, memory } = compiled;
  const executor = new InlineExecutor(instantiate(module, memory), memory, { profiler });
  return new CpuDevice({ compiled, executor, kernels, notes: [], remark: "the calling thread" });
}

/** More passes than a ring or a set of queries holds; gradientNorm has two a call. */
const ROUNDS = SLOTS;
const passesOf = { softmax: ROUNDS, gradientNorm: 2 * ROUNDS };

async function work(device: Device): Promise<HostData[]> {
  const [x, y] = [0, 1].map(() => device.allocate("f32", 256));
  const sums = device.allocate("f32", 1);
  device.upload(x, Float32Array.from({ length: 256 }, (_, i) => Math.sin(i)));
  device.clear(sums);
  for (let round = 0; round < ROUNDS; round++) {
    const [from, to] = round % 2 === 0 ? [x, y] : [y, x];
    device.dispatch("softmax", { x: from, y: to }, { rows: 4, columns: 64 });
    device.dispatch("gradientNorm", { gradients: to, sums }, { count: 256, slot: 0, slots: 1 });
  }
  const results = await Promise.all([device.read(x), device.read(y), device.read(sums)]);
  await device.flush();
  return results;
}

for (const { name, ignore, besides, open } of devices) {
  Deno.test(`a profiler is told of every pass once, in order, and no bit changes [${name}]`, {
    ignore,
  }, async () => {
    const times: PassTime[] = [];
    const [plain, profiled] = [await open(), await open((time) => times.push(time))];
    try {
      const began = performance.now();
      const results = await work(profiled);
      const wall = performance.now() - began;
      assertEquals(results, await work(plain));

      const byOp = Map.groupBy(times, ({ op }) => op);
      assertEquals(byOp.get("softmax")!.length, passesOf.softmax);
      assertEquals(byOp.get("gradientNorm")!.length, passesOf.gradientNorm);
      const others = [...byOp.keys()].filter((op) => !(op in passesOf) && !besides.includes(op));
      assertEquals(others, []);

      times.forEach(({ start, end }, i) => {
        assert(start <= end && end <= (times[i + 1]?.start ?? Infinity), `pass ${i}`);
      });
      const busy = times.reduce((sum, { start, end }) => sum + end - start, 0);
      assert(busy > 0 && busy < wall + 1, `${busy} ms of ${wall} ms`);
    } finally {
      plain.destroy();
      profiled.destroy();
    }
  });
}

Deno.test("the last passes are told before flush() resolves, however few they are", async () => {
  const told: string[] = [];
  const device = await openCpu({ threads: 2, profiler: ({ op, kernel }) => told.push(`${op} ${kernel}`) });
  try {
    const view = device.allocate("f32", 64);
    device.clear(view);
    await device.flush();
    assertEquals(told, ["clear clearBytes"]);
    await device.flush();
    assertEquals(told.length, 1);
  } finally {
    device.destroy();
  }
});
