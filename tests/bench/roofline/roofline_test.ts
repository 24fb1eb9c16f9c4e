import { assertAlmostEquals, assertEquals } from "@std/assert";
import { bestOf, copyRate, limitOf, type Roofline } from "../../../bench/roofline/roofline.ts";
import { cpuRoofline } from "../../../bench/roofline/roofline_cpu.ts";
import { COPY_BYTES, rooflineModule } from "../../../bench/roofline/roofline_kernels.ts";

/** A cache of 1 MB at 80 GB/s, memory of 100 MB and more at 20. */
const roofline: Roofline = {
  gigaflops: 100,
  copies: [{ bytes: 1e6, rate: 80 }, { bytes: 1e8, rate: 20 }],
};

type Kernel = (call: number, task: number, thread: number) => void;

Deno.test("a case is held to the fastest copy that is not larger than itself", () => {
  assertEquals([1, 1e6, 9e7, 1e8, 1e9].map((bytes) => copyRate(roofline, bytes)), [80, 80, 80, 20, 20]);
});

Deno.test("few FLOP a byte are limited by memory, many by multiply-adds", () => {
  assertEquals(limitOf(roofline, { flop: 1e6, bytes: 8e6 }), { milliseconds: 0.1, bound: "memory" });
  assertEquals(limitOf(roofline, { flop: 1e9, bytes: 8e6 }), { milliseconds: 10, bound: "compute" });
});

Deno.test("of several measurements every best figure counts", () => {
  const other = { gigaflops: 90, copies: [{ bytes: 1e6, rate: 85 }, { bytes: 1e8, rate: 15 }] };
  assertEquals(bestOf([roofline, other]), {
    gigaflops: 100,
    copies: [{ bytes: 1e6, rate: 85 }, { bytes: 1e8, rate: 20 }],
  });
});

for (const fused of [true, false]) {
  const how = fused ? "fused" : "unfused";
  Deno.test(`the ${how} kernels do all rounds and copy a whole task`, () => {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 65_536, shared: true });
    const { peak, copy } = new WebAssembly.Instance(rooflineModule({ fused, shared: true }), {
      env: { memory },
    }).exports as Record<string, Kernel>;
    const words = new Uint32Array(memory.buffer);
    const [from, to] = [65_536, 131_072];
    // Every chain goes to 1 by a factor of 0.75 a step, from 2, 3, ...: what is left says how many steps
    // there were.
    words.set([2, to], 0);
    peak(0, 1, 0);
    const sums = new Float32Array(memory.buffer, to + 16, 4);
    const left = Array.from({ length: 12 }, (_, chain) => 1 + chain).reduce((sum, start) => sum + start);
    for (const sum of sums) assertAlmostEquals(sum, 12 + left * 0.75 ** 8, 1e-4);

    words.set([from, to], 0);
    words.fill(7, (from + COPY_BYTES) / 4, (from + 2 * COPY_BYTES) / 4);
    words.fill(0, to / 4);
    copy(0, 1, 0);
    const copied = words.subarray((to + COPY_BYTES) / 4);
    assertEquals(copied.findIndex((word) => word !== 7), COPY_BYTES / 4);
  });
}

Deno.test("a CPU device gives all its figures", async () => {
  const { gigaflops, copies } = await cpuRoofline(1);
  assertEquals([gigaflops, ...copies.map(({ rate }) => rate)].every((figure) => figure > 0), true);
});
