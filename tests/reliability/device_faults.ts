/**
 * Runs in which a call of the device fails: what was saved is whole, and the same run then ends in the same
 * bytes.
 */

import { assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { DeviceError } from "../../src/errors.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { Store } from "../../src/store/store.ts";
import { train } from "../../src/training/trainer.ts";
import { hookedDevice } from "../failing_device.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { bytesIn } from "../store/bytes_in.ts";
import { sentenceOf, wholeParts } from "./checks.ts";

/** A run of a few steps that saves its model more than once. */
export type FaultyRun = (device: Device, out: Store, resume: boolean) => Promise<unknown>;

const scratch = async () => ({
  store: await tinyModelStore({ num_hidden_layers: 1 }),
  dir: "",
  scratch: true,
});

/** What is tried. */
export const faultyRuns: Readonly<Record<string, FaultyRun>> = {
  train: async (device, store, resume) =>
    await train({
      device,
      start: await scratch(),
      out: { store, dir: "" },
      training: syntheticSentences(2),
      dev: syntheticSentences(1, 2),
      test: syntheticSentences(1, 3),
      unlabelled: ["watu wengi kwa soko", "sasa na leo"],
      settings: { learningRate: 1e-2, headLearningRate: 1e-2, batchTokens: 500, epochs: 3, warmup: 0 },
      resume,
    }),
  pretrain: async (device, store, resume) =>
    await pretrain({
      device,
      start: await scratch(),
      out: { store, dir: "" },
      text: filesOf(repetitiveText(10)),
      heldOut: filesOf(repetitiveText(5, 3)),
      settings: { batchTokens: 50, maxSteps: 4, evaluateEvery: 2, evaluationTokens: 50 },
      resume,
    }),
};

/** How it went. */
export interface DeviceFaults {
  /** Calls of the device in a run in which none fails. */
  readonly calls: number;
  readonly faults: number;
  /** Faults after which there was a model. */
  readonly models: number;
  /** Faults after which the run, asked for again, ended in the same bytes. */
  readonly same: number;
}

/** Lets these of a run's calls fail, each alone and then with all calls after it. */
export async function withDeviceFaults(
  run: FaultyRun,
  callsOf: (calls: number) => readonly number[],
): Promise<DeviceFaults> {
  const whole = new MemoryStore();
  let calls = 0;
  await run(hookedDevice(new CpuDevice(), () => void calls++), whole, false);
  const expected = await bytesIn(whole);
  const failing = callsOf(calls);
  let [faults, models, same] = [0, 0, 0];
  for (const persistent of [false, true]) {
    for (const call of failing) {
      const store = new MemoryStore();
      let number = 0;
      const device = hookedDevice(new CpuDevice(), ({ name }) => {
        const now = number++;
        if (now === call || persistent && now > call) {
          throw new DeviceError(`The device refused to ${name}: try again`);
        }
      });
      sentenceOf(await run(device, store, false).then(() => undefined, (error) => error));
      faults++;
      assertEquals(device.memory.liveBytes, 0);
      const { model, state } = await wholeParts(store);
      if (model) models++;
      await run(new CpuDevice(), store, state);
      assertEquals(await bytesIn(store), expected, `call ${call} of ${calls}`);
      same++;
    }
  }
  return { calls, faults, models, same };
}
