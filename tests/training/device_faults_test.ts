import { assert, assertEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { DeviceError } from "../../src/errors.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { failingDevice } from "../failing_device.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { tinyRun } from "./tiny_run.ts";

const taggerStore = await tinyTaggerStore();

/** Everything that takes memory of a device and gives it back. */
const programs: Record<string, (device: Device) => Promise<unknown>> = {
  "a run with an adaptation phase": async (device) =>
    await train({
      ...await tinyRun(device, { out: new MemoryStore(), steps: 2 }),
      unlabelled: repetitiveText(4).split("\n").filter((line) => line !== ""),
    }),
  "pretraining": async (device) =>
    await pretrain({
      device,
      start: { store: await tinyModelStore(), dir: "", scratch: true },
      out: { store: new MemoryStore(), dir: "" },
      text: filesOf(repetitiveText(10)),
      heldOut: filesOf(repetitiveText(5, 3)),
      settings: { batchTokens: 50, maxSteps: 1, evaluationTokens: 50 },
    }),
  "tagging": async (device) => {
    const tagger = await openTagger(device, taggerStore);
    try {
      await tagSentences(tagger, syntheticSentences(4).map(({ words }) => words), { batchTokens: 30 });
    } finally {
      tagger.free();
    }
  },
};

/** Calls that fail in turn: all where they are few, else so many, the first ones among them. */
const FAULTS = 60;

for (const [name, run] of Object.entries(programs)) {
  Deno.test(`${name}: wherever a call of the device fails, no memory stays taken`, async () => {
    const whole = failingDevice(new CpuDevice(), Infinity);
    await run(whole.device);
    const calls = whole.calls();
    assert(calls > 10);
    const step = Math.max(1, calls / FAULTS);
    const leaks: string[] = [];
    for (let failing = 0; failing < calls; failing = Math.max(failing + 1, Math.floor(failing + step))) {
      const { device } = failingDevice(new CpuDevice(), failing);
      const { message } = await assertRejects(() => run(device), DeviceError);
      await device.flush(); // a read that nobody waits for any more has memory until it is over
      const { liveBytes } = device.memory;
      if (liveBytes > 0) leaks.push(`call ${failing} of ${calls}, ${message}: ${liveBytes} bytes`);
    }
    assertEquals(leaks, []);
  });
}
