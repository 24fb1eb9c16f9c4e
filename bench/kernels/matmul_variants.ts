import {
  type MatmulClass,
  matmulClass,
  type MatmulTable,
  type MatmulVariant,
  matmulVariants,
} from "../../kernels/matmul_variants.ts";
import type { Console } from "../../src/cli/frame/command.ts";
import { DeviceClock } from "../../src/device/device_clock.ts";
import { chooseVariants } from "../../src/device/webgpu/matmul_choice.ts";
import { openWebGpu } from "../../src/device/webgpu/open.ts";
import type { WebGpuDevice } from "../../src/device/webgpu/webgpu_device.ts";
import type { KernelCase } from "./kernel_cases.ts";
import { timeKernel } from "./kernel_time.ts";
import { showTime, type Spread, spread } from "../measure/statistics.ts";
import { table } from "../measure/table.ts";

/** What the kernels of matrix products took for one of the cases. */
export interface VariantResult {
  readonly name: string;
  readonly class: MatmulClass;
  readonly milliseconds: Readonly<Record<MatmulVariant, Spread>>;
}

/** All kernels on all products, and the table that a run would take by these times. */
export interface VariantRun {
  readonly results: readonly VariantResult[];
  readonly table: MatmulTable;
}

/** Times every kernel of matrix products on the products among some cases, case by case. */
export async function measureVariants(cases: readonly KernelCase[], console: Console): Promise<VariantRun> {
  const clock = new DeviceClock();
  const devices = new Map<MatmulVariant, WebGpuDevice>();
  const usual = await openWebGpu();
  try {
    for (const variant of matmulVariants) {
      devices.set(variant, await openWebGpu({ matmul: variant, profiler: clock.profiler }));
    }
    const results: VariantResult[] = [];
    for (const one of cases) {
      console.progress(`kernels of ${one.name}`);
      const times: [MatmulVariant, Spread][] = [];
      for (const [variant, device] of devices) {
        times.push([variant, spread(await timeKernel(device, one, { clock }))]);
      }
      const milliseconds = Object.fromEntries(times) as Record<MatmulVariant, Spread>;
      results.push({ name: one.name, class: matmulClass(one), milliseconds });
    }
    const timings = results.map(({ class: name, milliseconds }) => {
      const least = matmulVariants.map((variant) => [variant, milliseconds[variant].least]);
      return { class: name, milliseconds: Object.fromEntries(least) as Record<MatmulVariant, number> };
    });
    return { results, table: chooseVariants(timings, usual.variants.matmul) };
  } finally {
    for (const device of [usual, ...devices.values()]) device.destroy();
  }
}

/** A line a product with the kernel that a run would take for its class. */
export function variantTable({ results, table: chosen }: VariantRun): string {
  return table(results.map(({ name, class: kind, milliseconds }) => ({
    product: name,
    class: kind,
    ...Object.fromEntries(
      matmulVariants.map((variant) => [`${variant}, ms (least-most)`, showTime(milliseconds[variant])]),
    ),
    chosen: chosen[kind],
  })));
}
