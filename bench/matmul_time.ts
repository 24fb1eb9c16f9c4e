import type { Device } from "../src/device/device.ts";
import { type Spread, spread } from "./statistics.ts";

/** `[m, k]` times `[k, n]`. */
export interface Size {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** NT: b is stored `[n, k]`, as in a linear layer forward; NN: its backward to the input; TN: to the weights. */
export const FORMS = {
  NT: { transposeA: 0, transposeB: 1 },
  NN: { transposeA: 0, transposeB: 0 },
  TN: { transposeA: 1, transposeB: 0 },
};

/** One of {@linkcode FORMS}. */
export type Form = keyof typeof FORMS;

/** Inputs: the same numbers everywhere, also in bench/peers/measure.mjs. */
export function operands({ m, n, k }: Size): { a: Float32Array; b: Float32Array } {
  return {
    a: Float32Array.from({ length: m * k }, (_, i) => Math.sin(i)),
    b: Float32Array.from({ length: k * n }, (_, i) => Math.cos(i)),
  };
}

/**
 * Milliseconds of one product on a device. A repeat enqueues as many products as take about a quarter of a second,
 * because waiting for a queue has a granularity of some 10 ms; pipelines and buffers are warm.
 *
 * @throws {Error} if the product is wrong: one that failed is very fast
 */
export async function timeMatmul(
  device: Device,
  size: Size,
  { form, repeats }: { form: Form; repeats: number },
): Promise<Spread> {
  const data = operands(size);
  const a = device.allocate("f32", data.a.length);
  const b = device.allocate("f32", data.b.length);
  const c = device.allocate("f32", size.m * size.n);
  device.upload(a, data.a);
  device.upload(b, data.b);
  const run = async (times: number) => {
    const start = performance.now();
    for (let i = 0; i < times; i++) device.dispatch("matmul", { a, b, c }, { ...size, ...FORMS[form] });
    await device.flush();
    return performance.now() - start;
  };
  await run(1);
  checkProduct(await device.read(c) as Float32Array, { ...data, size, form });
  const once = spread([await run(4), await run(4), await run(4)]).least / 4;
  const times = Math.max(1, Math.ceil(250 / once));
  const milliseconds: number[] = [];
  for (let i = 0; i < repeats; i++) milliseconds.push(await run(times) / times);
  for (const view of [a, b, c]) device.free(view);
  return spread(milliseconds);
}

/** Compares outputs spread over all of c with float64 sums. */
export function checkProduct(
  c: Float32Array,
  { a, b, size: { m, n, k }, form }: { a: Float32Array; b: Float32Array; size: Size; form: Form },
): void {
  const { transposeA, transposeB } = FORMS[form];
  for (let i = 0; i < 200; i++) {
    const at = Math.floor((m * n - 1) * i / 199);
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    let magnitude = 0;
    for (let p = 0; p < k; p++) {
      const product = a[transposeA ? p * m + row : row * k + p] *
        b[transposeB ? column * k + p : p * n + column];
      sum += product;
      magnitude += Math.abs(product);
    }
    if (!(Math.abs(c[at] - sum) <= 2e-6 * magnitude)) {
      throw new Error(
        `${form} ${m}x${n}x${k}: expected ${sum} at row ${row}, column ${column}, found ${c[at]}`,
      );
    }
  }
}
