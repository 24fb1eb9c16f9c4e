import type { RealDType } from "../../../kernels/contract.ts";
import { type MatmulTable, type MatmulVariant, matmulVariants } from "../../../kernels/matmul_variants.ts";
import { DeviceError } from "../../errors.ts";
import { DeviceClock } from "../device_clock.ts";
import type { View } from "../device.ts";
import { chooseVariants, type MatmulTiming } from "./matmul_choice.ts";
import { type EncoderSizes, type MatmulProduct, matmulProducts } from "./matmul_products.ts";
import { describeAdapter, findAdapter, openWebGpu } from "./open.ts";
import type { WebGpuDevice } from "./webgpu_device.ts";

/** What is measured for: an encoder, and what it computes with. */
export interface MatmulQuestion extends EncoderSizes {
  /** Element type of activations and of the weights of products. */
  readonly precision: RealDType;
}

/** Which kernels an adapter takes for the products of a model, and the times that say so. */
export interface MatmulMeasurement {
  /** What the device calls itself. */
  readonly device: string;
  /** What it was measured for. */
  readonly question: MatmulQuestion;
  /** The choice, for `openDevice(..., { matmul })`. */
  readonly table: MatmulTable;
  /** One for each class of products that the model has, as far as two seconds reached. */
  readonly timings: readonly (MatmulTiming & { readonly product: MatmulProduct })[];
  /** What all of it took, compilation included. */
  readonly seconds: number;
}

/** Milliseconds of a sample by the device's clock and by the host's, which adds what waiting for a queue takes. */
const SAMPLE = { device: 2, host: 20 };
const MOST_CALLS = 100;
/** Samples of each kernel, in turns; fewer once a product has taken the time that is meant for it. */
const ROUNDS = 4;
const PRODUCT_BUDGET = 300;
/** Milliseconds after which no other product is begun. */
const LONGEST = 2000;

const measured = new Map<string, Promise<MatmulMeasurement>>();

/**
 * Times the kernels of matrix products on the WebGPU adapter, on devices of their own and before any run, and chooses; what
 * was measured is remembered as long as the program runs. Open the device with the table: a run says in its first event and
 * in its state which kernels it has, and is resumed with those of `readVariants`, not with what a second measurement chose.
 *
 * @throws {DeviceError} where there is no adapter, or it fails
 */
export async function measureMatmul(question: MatmulQuestion): Promise<MatmulMeasurement> {
  const adapter = await findAdapter();
  if (!adapter) throw new DeviceError("Expected a WebGPU adapter to time matmul on but there is none");
  const key = JSON.stringify([describeAdapter(adapter), question]);
  const known = measured.get(key);
  if (known) return await known;
  const measurement = measure(question);
  measured.set(key, measurement);
  measurement.catch(() => measured.delete(key));
  return await measurement;
}

async function measure(question: MatmulQuestion): Promise<MatmulMeasurement> {
  const start = performance.now();
  const usual = await openWebGpu();
  const contenders: Contender[] = [];
  try {
    for (const variant of matmulVariants) contenders.push(await Contender.open(variant));
    const timings: MatmulMeasurement["timings"][number][] = [];
    // Wide products take most of a step's time.
    const products = [...matmulProducts(question)].sort(([one], [other]) => one.length - other.length);
    for (const [name, product] of products) {
      if (performance.now() - start > LONGEST) break;
      const milliseconds = await timeProduct(contenders, product, question);
      timings.push({ class: name, milliseconds, product });
    }
    return {
      device: usual.description,
      question,
      table: chooseVariants(timings, usual.variants.matmul),
      timings,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    usual.destroy();
    for (const { device } of contenders) device.destroy();
  }
}

type Views = Readonly<Record<"a" | "b" | "c", View>>;

/** A device all of whose products one kernel computes. */
class Contender {
  readonly variant: MatmulVariant;
  readonly device: WebGpuDevice;
  readonly #clock: DeviceClock;

  private constructor(variant: MatmulVariant, device: WebGpuDevice, clock: DeviceClock) {
    this.variant = variant;
    this.device = device;
    this.#clock = clock;
  }

  static async open(variant: MatmulVariant): Promise<Contender> {
    const clock = new DeviceClock();
    return new Contender(variant, await openWebGpu({ matmul: variant, profiler: clock.profiler }), clock);
  }

  /** Milliseconds of a call, the mean of some, and how many calls make a sample. */
  async time(product: MatmulProduct, { views, calls }: { views: Views; calls: number }) {
    this.#clock.milliseconds = 0;
    const start = performance.now();
    for (let i = 0; i < calls; i++) this.device.dispatch("matmul", views, { ...product });
    await this.device.flush();
    const timed = this.#clock.milliseconds > 0;
    const each = (timed ? this.#clock.milliseconds : performance.now() - start) / calls;
    const fill = Math.ceil((timed ? SAMPLE.device : SAMPLE.host) / each);
    return { each, fill: Math.min(MOST_CALLS, fill) };
  }
}

/** Milliseconds of a call by each kernel: the least sample of rounds in which the kernels take turns. */
async function timeProduct(
  contenders: readonly Contender[],
  product: MatmulProduct,
  { precision }: MatmulQuestion,
): Promise<Record<MatmulVariant, number>> {
  const { m, n, k, transposeA } = product;
  const runs = contenders.map((contender) => {
    const { device } = contender;
    const views = {
      a: device.allocate(precision, m * k, "a"),
      b: device.allocate(precision, k * n, "b"),
      // The gradient of a weight is f32 in any case.
      c: device.allocate(transposeA ? "f32" : precision, m * n, "c"),
    };
    return { contender, views, calls: 1, least: Infinity };
  });
  try {
    for (const { contender, ...run } of runs) await contender.time(product, run); // compiles
    const start = performance.now();
    for (let round = 0; round < ROUNDS && performance.now() - start < PRODUCT_BUDGET; round++) {
      for (const run of runs) {
        const { each, fill } = await run.contender.time(product, run);
        run.least = Math.min(run.least, each);
        run.calls = fill;
      }
    }
  } finally {
    for (const { contender, views } of runs) {
      for (const view of Object.values(views)) contender.device.free(view);
    }
  }
  const least = runs.map(({ contender, least }) => [contender.variant, least]);
  return Object.fromEntries(least) as Record<MatmulVariant, number>;
}
