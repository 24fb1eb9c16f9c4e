import { assert, assertEquals } from "@std/assert";
import { activations } from "../../kernels/contract.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";

/** erfc(z) for z >= 0.7 by its continued fraction, in float64. */
function erfc(z: number): number {
  let fraction = 0;
  for (let n = 400; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
}

/** Phi(x) in float64, without loss in either tail. */
function normalDistribution(x: number): number {
  if (Math.abs(x) >= 1) return x < 0 ? 0.5 * erfc(-x * Math.SQRT1_2) : 1 - 0.5 * erfc(x * Math.SQRT1_2);
  let term = x;
  let sum = x;
  for (let n = 1; n < 40; n++) sum += (term *= -x * x / (2 * n)) / (2 * n + 1);
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

const exact = {
  gelu: (x: number) => x * normalDistribution(x),
  gelu_new: (x: number) => x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  tanh: Math.tanh,
};

/** Activations of `xs` on the CPU device: a product with 1. */
async function activate(activation: keyof typeof activations, xs: Float32Array): Promise<Float32Array> {
  const device = new CpuDevice();
  const a = device.allocate("f32", 1);
  const b = device.allocate("f32", xs.length);
  const c = device.allocate("f32", xs.length);
  device.upload(a, new Float32Array([1]));
  device.upload(b, xs);
  device.dispatch("matmul", { a, b, c }, { m: 1, n: xs.length, k: 1, activation: activations[activation] });
  const found = await device.read(c) as Float32Array;
  device.destroy();
  return found;
}

const bounds = [
  { activation: "gelu", from: -3, to: 12, bound: 6e-7 },
  { activation: "gelu", from: -12, to: -3, bound: 6e-6 },
  { activation: "gelu_new", from: -3, to: 12, bound: 1.1e-6 },
  { activation: "gelu_new", from: -8, to: -3, bound: 1e-5 },
  { activation: "tanh", from: -12, to: 12, bound: 3.5e-7 },
  { activation: "tanh", from: -1e-3, to: 1e-3, bound: 2e-7 },
] as const;

for (const { activation, from, to, bound } of bounds) {
  Deno.test(`${activation} on the CPU is within ${bound} of its value from ${from} to ${to}`, async () => {
    const xs = Float32Array.from({ length: 50000 }, (_, i) => from + (to - from) * (i + 0.5) / 50000);
    const found = await activate(activation, xs);
    for (const [i, x] of xs.entries()) {
      const error = Math.abs(found[i] / exact[activation](x) - 1);
      assert(error <= bound, `${activation}(${x}) is ${found[i]}, relative error ${error}`);
    }
  });
}

Deno.test("activations on the CPU have their limits at huge arguments, and NaN stays NaN", async () => {
  const xs = new Float32Array([0, 1e30, -1e30, 100, -100, NaN]);
  const [most, least] = [xs[1], xs[2]];
  for (const activation of ["gelu", "gelu_new", "relu"] as const) {
    assertEquals(
      [...await activate(activation, xs)].map((x) => x + 0),
      [0, most, 0, 100, 0, NaN],
      activation,
    );
  }
  assertEquals([...await activate("tanh", xs)], [0, 1, -1, 1, -1, NaN]);
  assertEquals([...await activate("none", xs)], [0, most, least, 100, -100, NaN]);
});
