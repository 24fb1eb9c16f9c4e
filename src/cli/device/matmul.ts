/**
 * Which kernels a run on WebGPU takes for matrix products: the option, the file that remembers a choice, and
 * the reason.
 */

import {
  isMatmulTable,
  type MatmulTable,
  matmulVariants,
  showTable,
  tableOf,
} from "../../../kernels/matmul_variants.ts";
import type { Variants } from "../../device/device.ts";
import {
  type MatmulMeasurement,
  type MatmulQuestion,
  measureMatmul,
} from "../../device/webgpu/measure_matmul.ts";
import { describeAdapter, findAdapter, isSoftware } from "../../device/webgpu/open.ts";
import { DeviceError } from "../../errors.ts";
import { readJson, type Store, writeText } from "../../store/store.ts";
import { readVariants } from "../../run/state.ts";
import { UsageError } from "../frame/command.ts";
import type { DeviceRequest } from "./device.ts";
import { choice, type Values } from "../frame/options.ts";

/** The option of commands that train. */
export const matmulOption = {
  matmul: choice(
    "kernels of matrix products on WebGPU: auto times them on a GPU before the first step, measured on any adapter",
    ["auto", "measured", ...matmulVariants],
    { default: "auto" },
  ),
};

/** Which kernels to open a device with, and in words why. */
export interface MatmulChoice {
  readonly table: MatmulTable | undefined;
  readonly reason: string;
  /** The times that the choice comes from, where it was measured. */
  readonly measurement?: MatmulMeasurement;
}

/** File in the folder of a run that remembers what was measured. */
export const MATMUL_FILE = "matmul_kernels.json";

const machine = { findAdapter, measureMatmul };

/**
 * Chooses the kernels before a device is opened; undefined where it will not be WebGPU. On a software adapter
 * `auto` measures nothing: what is usual there was the fastest by far wherever it was measured, and timing
 * compiles kernels for seconds. `on` stands for the machine in tests.
 *
 * @throws {UsageError} for an option that the device has no use for
 * @throws {DeviceError} if WebGPU was asked for, and the adapter fails
 */
export async function chooseMatmul(
  request: DeviceRequest & Values<typeof matmulOption>,
  { out, resume, question }: { out: Store; resume: boolean; question: () => Promise<MatmulQuestion> },
  on: typeof machine = machine,
): Promise<MatmulChoice | undefined> {
  const { device, blas, matmul } = request;
  if (device === "cpu" || blas !== undefined) {
    if (matmul === "auto") return undefined;
    throw new UsageError(`Expected --device webgpu with --matmul ${matmul}: the CPU has one kernel.`);
  }
  const adapter = await on.findAdapter();
  if (!adapter || device === "auto" && isSoftware(adapter)) return undefined;
  if (matmul !== "auto" && matmul !== "measured") return { table: tableOf(matmul), reason: "as asked" };
  const name = describeAdapter(adapter);
  const begun = resume ? await readVariants({ store: out, dir: "" }) : undefined;
  if (begun?.device === name && begun.variants.matmul) {
    return { table: begun.variants.matmul, reason: "with which the run began" };
  }
  if (matmul === "auto" && isSoftware(adapter)) {
    return { table: undefined, reason: "usual on a software adapter" };
  }
  const asked = await question();
  const known = await remembered(out, { device: name, question: asked });
  if (known) {
    return { table: known.table, reason: `as ${out.locate(MATMUL_FILE)} has it`, measurement: known };
  }
  let measurement: MatmulMeasurement;
  try {
    measurement = await on.measureMatmul(asked);
  } catch (error) {
    // Whoever asked for no device in particular gets one that works.
    if (device !== "auto" || !(error instanceof DeviceError)) throw error;
    return { table: undefined, reason: `usual, as timing failed: ${error.message}` };
  }
  await writeText(out, MATMUL_FILE, `${JSON.stringify(measurement, null, 1)}\n`);
  return { table: measurement.table, reason: showTimes(measurement), measurement };
}

/** The line for the person on what a device computes products with. */
export function describeMatmul({ matmul }: Variants, { reason }: MatmulChoice): string {
  return `Matrix products: ${showTable(matmul ?? {})}, ${reason}`;
}

function showTimes({ timings, seconds }: MatmulMeasurement): string {
  const times = timings.map(({ class: name, milliseconds }) =>
    `${name} ${matmulVariants.map((variant) => threeDigits(milliseconds[variant])).join("/")}`
  );
  return `timed in ${seconds.toFixed(1)} s (ms, ${matmulVariants.join("/")}: ${times.join(", ")})`;
}

/** Of milliseconds, three digits that count; thousands as they are. */
function threeDigits(value: number): string {
  return value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(value))));
}

/**
 * What was measured in this folder before, if it was this question on this adapter; a file that is no such is
 * none.
 */
async function remembered(
  out: Store,
  { device, question }: { device: string; question: MatmulQuestion },
): Promise<MatmulMeasurement | undefined> {
  if (!await out.exists(MATMUL_FILE)) return undefined;
  const found = await readJson(out, MATMUL_FILE).catch(() => undefined) as MatmulMeasurement | undefined;
  const same = found?.device === device && JSON.stringify(found.question) === JSON.stringify(question);
  return same && isMatmulTable(found.table) ? found : undefined;
}
