import type { RealDType } from "../../../kernels/contract.ts";
import { type MatmulTable, matmulVariants } from "../../../kernels/matmul_variants.ts";
import { DeviceError } from "../../errors.ts";
import { chooseVariants, type MatmulTiming } from "./matmul_choice.ts";
import { type EncoderSizes, type MatmulProduct, matmulProducts } from "./matmul_products.ts";
import { describeAdapter, findAdapter, openWebGpu } from "./open.ts";
import { Contender, timeProduct } from "./time_product.ts";

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

/** Milliseconds after which no other product is begun. */
const LONGEST = 2000;

const measured = new Map<string, Promise<MatmulMeasurement>>();

/**
 * Times the kernels of matrix products on the WebGPU adapter, on devices of their own and before any run, and
 * chooses; what was measured is remembered as long as the program runs. Open the device with the table: a run
 * says in its first event and in its state which kernels it has, and is resumed with those of `readVariants`,
 * not with what a second measurement chose.
 *
 * @throws {DeviceError} where there is no adapter, or it fails, or a kernel computes something else than the
 * others
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
      if (timings.length > 0 && performance.now() - start > LONGEST) break;
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
