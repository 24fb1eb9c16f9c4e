import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { type CpuOptions, openCpu } from "../../../src/device/cpu/open.ts";
import { compileKernels, type Engine } from "../../../src/device/cpu/wasm_kernels.ts";
import type { Device } from "../../../src/device/device.ts";
import { DeviceError, OptionError } from "../../../src/errors.ts";

/** This engine, but for what a test takes away. */
function engine(
  { simd = true, relaxed = true, shared = true, pages = 65536, memory = true },
): Engine {
  const { Module } = WebAssembly;
  let asked = 0;
  return {
    Module,
    validate: (bytes) => simd && (relaxed || ++asked > 1) && WebAssembly.validate(bytes),
    Memory: class extends WebAssembly.Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if (!memory || descriptor.shared && !shared) throw new RangeError("could not allocate memory");
        super({ ...descriptor, maximum: Math.min(pages, descriptor.maximum!) });
      }
    },
  };
}

/** The softmax of a row, as bits. */
async function softmax(device: Device): Promise<Float32Array> {
  const [x, y] = [device.allocate("f32", 100), device.allocate("f32", 100)];
  device.upload(x, Float32Array.from({ length: 100 }, (_, i) => Math.sin(i)));
  device.dispatch("softmax", { x, y }, { rows: 1, columns: 100 });
  return await device.read(y) as Float32Array;
}

async function opened(
  options: CpuOptions,
  machine: Parameters<typeof openCpu>[1],
  test: (device: Awaited<ReturnType<typeof openCpu>>) => Promise<void> | void,
): Promise<void> {
  const device = await openCpu(options, machine);
  try {
    await test(device);
  } finally {
    device.destroy();
  }
}

Deno.test("the device says how many threads it has, and they are no part of the description that a run is matched by", async () => {
  const descriptions = new Set<string>();
  for (const threads of [1, 2]) {
    await opened({ threads }, {}, ({ remark, description }) => {
      assertEquals(remark, threads === 1 ? "1 thread" : "2 threads");
      descriptions.add(description);
    });
  }
  assertEquals(descriptions.size, 1);
});

for (const threads of [0, 65, 1.5, NaN]) {
  Deno.test(`${threads} threads are refused`, async () => {
    await assertRejects(
      () => openCpu({ threads }),
      OptionError,
      `Expected threads to be a whole number from 1 to 64 but found ${threads}`,
    );
  });
}

Deno.test("without SIMD there is no CPU device, and the sentence says which engines have it", async () => {
  const error = await assertRejects(() => openCpu({}, { engine: engine({ simd: false }) }), DeviceError);
  assertMatch(
    error.message,
    /^Expected an engine with WebAssembly SIMD but this one lacks it: use Deno 2, [^\n]+$/,
  );
});

Deno.test("without relaxed SIMD another variant computes the same within the tolerances, and says that it is another", async () => {
  const machine = { engine: engine({ relaxed: false }) };
  await opened({ threads: 2 }, machine, async (device) => {
    assertEquals(device.description, "cpu (WASM SIMD)");
    const found = await softmax(device);
    await opened({ threads: 2 }, {}, async (other) => {
      assertEquals(other.description, "cpu (WASM SIMD, fused multiply-add)");
      const error = (await softmax(other)).map((value, i) => Math.abs(value - found[i]));
      assertEquals(error.every((value) => value < 1e-7), true);
    });
  });
});

Deno.test("without shared memory one thread computes, and the device says why", async () => {
  await opened({ threads: 4 }, { engine: engine({ shared: false }) }, async (device) => {
    assertEquals(device.remark, "1 thread, because this engine has no shared memory");
    const sum = (await softmax(device)).reduce((a, b) => a + b);
    assertEquals(Math.abs(sum - 1) < 1e-6, true);
  });
});

const brokenWorkers: [what: string, spawn: () => Worker, cause: string][] = [
  [
    "may not be started",
    () => {
      throw new Deno.errors.NotCapable("Requires read access to worker.ts");
    },
    "Requires read access to worker.ts",
  ],
  [
    "are not there",
    () => new Worker(new URL("no_such_worker.js", import.meta.url), { type: "module" }),
    "", // what it says depends on whether Deno checks types
  ],
  [
    "throw at their start",
    () => new Worker(new URL("broken_worker.ts", import.meta.url), { type: "module" }),
    "Error: no thread here",
  ],
];
for (const [what, spawn, cause] of brokenWorkers) {
  Deno.test(`where workers ${what} one thread computes, and the device says why`, async () => {
    await opened({ threads: 2 }, { spawn }, async (device) => {
      assertEquals(device.remark.startsWith("1 thread, because workers could not be started: "), true);
      assertEquals(device.remark.includes(cause), true, device.remark);
      assertEquals(device.remark.includes("\n"), false, device.remark);
      await softmax(device);
    });
  });
}

Deno.test("where the second of two workers cannot be started the first one ends, too", async () => {
  let started = 0;
  const spawn = () => {
    if (++started > 1) throw new Error("too many");
    return new Worker(new URL("../../../src/device/cpu/worker.ts", import.meta.url), { type: "module" });
  };
  await opened({ threads: 2 }, { spawn }, ({ remark }) => {
    assertEquals(remark, "1 thread, because workers could not be started: too many");
  });
});

Deno.test("an engine that has no memory for the device says so in one sentence", () => {
  assertThrows(
    () => compileKernels(engine({ memory: false })),
    DeviceError,
    "The engine has no memory for the CPU device: could not allocate memory",
  );
});

for (const shared of [true, false]) {
  Deno.test(`memory that is exhausted is refused at the allocation and the device goes on (shared: ${shared})`, async () => {
    await opened({ threads: 2 }, { engine: engine({ shared, pages: 144 }) }, async (device) => {
      const table = device.allocate("f32", 2 ** 18);
      device.clear(table);
      assertThrows(
        () => device.allocate("f32", 2 ** 20, "logits"),
        DeviceError,
        "No memory for 4194304 bytes (logits): the CPU device has taken",
      );
      assertEquals(await device.read(table), new Float32Array(2 ** 18));
    });
  });
}

Deno.test("memory that is given back is there for buffers of any size", async () => {
  await opened({ threads: 2 }, { engine: engine({ pages: 144 }) }, (device) => {
    // Together these are more than the memory, of which the device itself takes half.
    for (const kibibytes of [2000, 2500, 3000, 3500]) device.free(device.allocate("f32", kibibytes * 256));
  });
});
