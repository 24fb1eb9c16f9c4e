import { assert } from "@std/assert";
import { matmul } from "../../kernels/reference/matmul.ts";
import { tolerances } from "../../kernels/reference/tolerances.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { runCase } from "../../src/device/run_case.ts";

Deno.test("a product whose second operand takes two strips of the cache, one narrower than the other, is right", async () => {
  // 4.35 MB of b: 17 tasks across are 9 and 8, and two tasks down tell apart where a strip ends.
  const parameters = { m: 41, n: 1088, k: 1000, transposeA: 0, transposeB: 0, accumulate: 0, activation: 0 };
  const { m, n, k } = parameters;
  const values = (length: number, step: number) =>
    Float32Array.from({ length }, (_, i) => ((i * step) % 127 - 63) / 64);
  const [{ error }] = await runCase(new CpuDevice(), {
    op: "matmul",
    label: "two strips",
    parameters,
    buffers: { a: values(m * k, 37), b: values(k * n, 59), c: new Float32Array(m * n).fill(-77.25) },
    expected: (buffers) => ({ c: matmul(buffers, parameters).c }),
  });
  assert(error <= tolerances.matmul, `${error}`);
});
