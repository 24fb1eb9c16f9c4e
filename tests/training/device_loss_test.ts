/** Devices that are destroyed by their owner; those that are lost: tests/reliability/losses.ts. */

import { assertEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { DeviceError } from "../../src/errors.ts";
import { openTagger } from "../../src/inference/tagger.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { testOnDevices } from "../devices.ts";
import { tinyRun } from "./tiny_run.ts";

const STEPS = 6;

/** A run of six steps, two an epoch, whose device goes away when it tells of step `lost`, from 1. */
async function runWithLoss(device: Device, { lost, lose }: { lost: number; lose: () => void }) {
  const out = new MemoryStore();
  const saved: number[] = [];
  const error = await assertRejects(
    async () =>
      await train({
        ...await tinyRun(device, { out, steps: STEPS }),
        onEvent: (event) => {
          if (event.type === "step" && event.step === lost) lose();
          if (event.type === "checkpoint") saved.push(event.step);
        },
      }),
    DeviceError,
  );
  return { out, saved, message: error.message };
}

/** What was saved is a whole model, or nothing was saved, and no half-written file is left. */
async function assertWhole(out: MemoryStore, saved: readonly number[]): Promise<void> {
  const files = await out.list("");
  assertEquals(files.filter((name) => name.endsWith(".partial")), []);
  assertEquals(files.includes("model.safetensors"), saved.length > 0);
  if (saved.length > 0) (await openTagger(new CpuDevice(), out)).free();
}

testOnDevices(
  "destroying the device in the middle of a run ends it with a sentence that says so",
  async (device) => {
    const { out, saved, message } = await runWithLoss(device, { lost: 4, lose: () => device.destroy() });
    assertEquals(message, "This device was destroyed: open another one");
    await assertWhole(out, saved);
  },
);
