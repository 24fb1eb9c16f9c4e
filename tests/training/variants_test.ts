import { assertEquals, assertRejects } from "@std/assert";
import { type MatmulTable, tableOf } from "../../kernels/matmul_variants.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device, Variants } from "../../src/device/device.ts";
import { findAdapter, openWebGpu } from "../../src/device/webgpu/open.ts";
import { TrainingError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingEvent } from "../../src/training/events.ts";
import { readVariants } from "../../src/run/state.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtStep } from "../aborted.ts";
import { tinyRun } from "./tiny_run.ts";

const STEPS = 4;

/** A device on which it does not matter which kernels it says it takes. */
function cpuWith(matmul: MatmulTable): Device {
  return new class extends CpuDevice {
    override readonly variants: Variants = { matmul };
  }();
}

/** Runs some steps; `interrupted` ends the run after the second one. */
async function run(
  device: Device,
  { out, interrupted = false, ...input }: {
    out: MemoryStore;
    interrupted?: boolean;
    resume?: boolean;
    allowInexact?: boolean;
  },
): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  const stop = abortedAtStep(interrupted ? 2 : Infinity);
  await train({
    ...await tinyRun(device, { out, steps: STEPS }),
    ...input,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      stop.onEvent(event);
    },
  });
  return events;
}

Deno.test("a run says with which kernels it computes, and its state names them", async () => {
  const out = new MemoryStore();
  const device = cpuWith({ ...tableOf("shared"), NT: "registers" });
  const [start] = await run(device, { out, interrupted: true });
  assertEquals(start.type === "start" && start.variants, device.variants);
  assertEquals(await readVariants({ store: out, dir: "" }), {
    device: device.description,
    variants: device.variants,
  });
  assertEquals(await readVariants({ store: new MemoryStore(), dir: "" }), undefined);
});

Deno.test("a run is not resumed with other kernels than it began with, unless it may be inexact", async () => {
  const out = new MemoryStore();
  await run(cpuWith(tableOf("shared")), { out, interrupted: true });
  const other = cpuWith(tableOf("registers"));
  await assertRejects(
    () => run(other, { out, resume: true }),
    TrainingError,
    "this run began with the matmul kernels shared and would go on with registers, which round differently: ",
  );
  await run(other, { out, resume: true, allowInexact: true });
});

Deno.test("a run is not resumed on another device than it began on, unless it may be inexact", async () => {
  const out = new MemoryStore();
  await run(new CpuDevice(), { out, interrupted: true });
  const other = new class extends CpuDevice {
    override readonly description = "cpu of another kind";
  }();
  await assertRejects(
    () => run(other, { out, resume: true }),
    TrainingError,
    "would go on on cpu of another kind, which rounds differently: ",
  );
  await run(other, { out, resume: true, allowInexact: true });
});

Deno.test(
  "a run that is resumed with the kernels that its state names saves the bytes of one that was never stopped",
  { ignore: await findAdapter() === undefined },
  async () => {
    const matmul = { ...tableOf("registers"), "NT thin": "shared" } as const;
    const [whole, out] = [new MemoryStore(), new MemoryStore()];
    const first = await openWebGpu({ matmul });
    await run(first, { out: whole });
    await run(first, { out, interrupted: true });
    first.destroy();
    const { variants } = (await readVariants({ store: out, dir: "" }))!;
    assertEquals(variants, { matmul });
    const device = await openWebGpu(variants);
    await run(device, { out, resume: true });
    device.destroy();
    const bytes = async (store: MemoryStore) =>
      await store.read("model.safetensors", 0, await store.size("model.safetensors"));
    assertEquals(await bytes(out), await bytes(whole));
  },
);
