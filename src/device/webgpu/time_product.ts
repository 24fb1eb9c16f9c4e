import type { RealDType } from "../../../kernels/contract.ts";
import type { MatmulVariant } from "../../../kernels/matmul_variants.ts";
import { halfTolerance, tolerances } from "../../../kernels/reference/tolerances.ts";
import { DeviceError } from "../../errors.ts";
import { Message, message, setting } from "../../message.ts";
import { Random } from "../../random/random.ts";
import { DeviceClock } from "../device_clock.ts";
import { arrayTypes, type View } from "../device.ts";
import { relativeError } from "../run_case.ts";
import type { MatmulProduct } from "./matmul_products.ts";
import { openWebGpu } from "./open.ts";
import type { WebGpuDevice } from "./webgpu_device.ts";

/**
 * Milliseconds of a sample by the device's clock and by the host's, which adds what waiting for a queue
 * takes.
 */
const SAMPLE = { device: 2, host: 20 };
const MOST_CALLS = 100;
/** Samples of each kernel, in turns; fewer once a product has taken these milliseconds. */
const ROUNDS = 4;
const BUDGET = 300;

/** A device all of whose products one kernel computes. */
export class Contender {
  readonly variant: MatmulVariant;
  readonly device: WebGpuDevice;
  readonly #clock: DeviceClock;

  private constructor(variant: MatmulVariant, device: WebGpuDevice, clock: DeviceClock) {
    this.variant = variant;
    this.device = device;
    this.#clock = clock;
  }

  /** Opens the device, with a clock where the adapter has one. */
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

type Views = Readonly<Record<"a" | "b" | "c", View>>;

/**
 * Milliseconds of a call of a product by each kernel: the least sample of rounds in which the kernels take
 * turns.
 *
 * @throws {DeviceError} if the device fails, or a kernel computes something else than the first
 */
export async function timeProduct(
  contenders: readonly Contender[],
  product: MatmulProduct,
  { precision }: { readonly precision: RealDType },
): Promise<Record<MatmulVariant, number>> {
  const { m, n, k, transposeA } = product;
  const data = { a: numbers("a", m * k, precision), b: numbers("b", k * n, precision) };
  const runs = contenders.map((contender) => {
    const { device } = contender;
    const views = {
      a: device.allocate(precision, m * k, "a"),
      b: device.allocate(precision, k * n, "b"),
      // The gradient of a weight is f32 in any case.
      c: device.allocate(transposeA ? "f32" : precision, m * n, "c"),
    };
    device.upload(views.a, data.a);
    device.upload(views.b, data.b);
    return { contender, views, calls: 1, least: Infinity };
  });
  try {
    for (const { contender, ...run } of runs) await contender.time(product, run); // compiles
    const start = performance.now();
    for (let round = 0; round < ROUNDS && performance.now() - start < BUDGET; round++) {
      for (const run of runs) {
        const { each, fill } = await run.contender.time(product, run);
        run.least = Math.min(run.least, each);
        run.calls = fill;
      }
    }
    await checkSame(runs);
  } finally {
    for (const { contender, views } of runs) {
      for (const view of Object.values(views)) contender.device.free(view);
    }
  }
  const least = runs.map(({ contender, least }) => [contender.variant, least]);
  return Object.fromEntries(least) as Record<MatmulVariant, number>;
}

/** A driver may compile one kernel wrong, and a kernel that is wrong may well be the fastest. */
async function checkSame(
  runs: readonly { readonly contender: Contender; readonly views: Views }[],
): Promise<void> {
  const [first, ...others] = runs;
  const expected = await first.contender.device.read(first.views.c);
  const allowed = 2 * (first.views.c.dtype === "f16" ? halfTolerance : tolerances.matmul);
  for (const { contender: { device, variant }, views } of others) {
    const error = relativeError(await device.read(views.c), expected);
    if (error <= allowed) continue;
    throw new DeviceError(
      new Message(
        `On ${device.description} the matmul kernels ${first.contender.variant} and ${variant} differ by `,
        message`${error.toExponential(1)}, allowed are ${allowed}: choose one with ${setting("matmul")}`,
      ),
    );
  }
}

/**
 * Seeded numbers of +- 0.5, the same 4,099 again and again: to draw millions takes longer than to time them.
 */
function numbers(stream: string, length: number, precision: RealDType) {
  const random = new Random(1, `matmul ${stream}`);
  const drawn = new arrayTypes[precision](Array.from({ length: 4099 }, () => random.uniform() - 0.5));
  const found = new arrayTypes[precision](length);
  for (let at = 0; at < length; at += drawn.length) found.set(drawn.subarray(0, length - at), at);
  return found;
}
