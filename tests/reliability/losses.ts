/**
 * A device that is lost, or has no more memory, at a step of a run: what was saved is usable, and one
 * sentence says why.
 */

import { assert, assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { openCpu } from "../../src/device/cpu/open.ts";
import type { Device } from "../../src/device/device.ts";
import { findAdapter } from "../../src/device/webgpu/open.ts";
import { WebGpuDevice } from "../../src/device/webgpu/webgpu_device.ts";
import { DeviceError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { breakThread, openPool } from "../device/cpu/pool.ts";
import { type DeviceCall, hookedDevice } from "../failing_device.ts";
import { tinyRun } from "../training/tiny_run.ts";
import { bytesIn } from "../store/bytes_in.ts";
import { sentenceOf, wholeParts } from "./checks.ts";

/** A way in which a device goes away. */
export interface LossWay {
  readonly name: string;
  /** What the device says then. */
  readonly sentence: RegExp;
  /** A device that stays. */
  open(): Promise<Device>;
  /** A device that goes away, and what makes it. */
  openLossy(): Promise<{ readonly device: Device; readonly lose: () => void }>;
}

/** How it went at all steps. */
export interface LossFigures {
  readonly losses: number;
  /** Losses after which there was a model. */
  readonly models: number;
  /** Losses after which there was a state to resume from. */
  readonly states: number;
  /** Losses after which the same command ended in the bytes of a run that lost nothing. */
  readonly same: number;
}

const openGpu = async () => await (await findAdapter())!.requestDevice();

/** A device whose memory seems to be gone from some moment on. */
function outOfMemory(open: () => Promise<Device>): LossWay["openLossy"] {
  return async () => {
    let gone = false;
    const device = hookedDevice(await open(), ({ name }) => {
      if (gone && name === "allocate") throw new DeviceError("The device has no more memory: use less");
    });
    return { device, lose: () => gone = true };
  };
}

/** The ways of this machine. */
export async function lossWays(): Promise<readonly LossWay[]> {
  const openThreads = () => openCpu({ threads: 2 });
  const openInline = () => Promise.resolve(new CpuDevice());
  const cpu: LossWay[] = [
    {
      name: "a thread of the CPU dies",
      sentence: /^The CPU device was lost: memory access out of bounds; [^\n]+ resume[^\n]+$/,
      open: openThreads,
      openLossy: async () => {
        const pool = await openPool(2);
        return { device: pool.device, lose: () => breakThread(pool) };
      },
    },
    {
      name: "no memory on the CPU",
      sentence: /^The device has no more memory/,
      open: openInline,
      openLossy: outOfMemory(openInline),
    },
  ];
  if (await findAdapter() === undefined) return cpu;
  const openWebGpu = async () => new WebGpuDevice(await openGpu(), "webgpu");
  return [
    ...cpu,
    {
      name: "WebGPU is lost",
      sentence: /^The GPU device (was lost|gave no data back|failed)/,
      open: openWebGpu,
      openLossy: async () => {
        const gpu = await openGpu();
        return { device: new WebGpuDevice(gpu, "webgpu"), lose: () => gpu.destroy() };
      },
    },
    {
      name: "no memory on WebGPU",
      sentence: /^The device has no more memory/,
      open: openWebGpu,
      openLossy: outOfMemory(openWebGpu),
    },
  ];
}

/** Calls of the device into a step, somewhere in its forward pass. */
const INTO_STEP = 20;

/** Loses a device at these of so many steps, from 0, one run each. */
export async function loseAt(
  way: LossWay,
  { steps, at }: { readonly steps: number; readonly at: readonly number[] },
): Promise<LossFigures> {
  const run = async (device: Device, out: MemoryStore, resume = false) =>
    await train({ ...await tinyRun(device, { out, steps }), resume, stateInterval: 0 });
  const whole = new MemoryStore();
  const steady = await way.open();
  await run(steady, whole);
  const expected = await bytesIn(whole);
  let [models, states, same] = [0, 0, 0];
  for (const lost of at) {
    const out = new MemoryStore();
    const { device, lose } = await way.openLossy();
    const message = sentenceOf(
      await run(hookedDevice(device, atStep(lost, lose)), out).then(() => undefined, (error) => error),
    );
    assert(way.sentence.test(message), message);
    device.destroy();
    const { model, state } = await wholeParts(out);
    if (model) models++;
    if (state) states++;
    assertEquals([...(await bytesIn(out)).keys()].filter((name) => name.endsWith(".partial")), []);
    await run(steady, out, state);
    assertEquals(await bytesIn(out), expected, `lost at step ${lost}`);
    same++;
  }
  steady.destroy();
  return { losses: at.length, models, states, same };
}

/** Calls `action` once, in the middle of a step, from 0. */
function atStep(wanted: number, action: () => void): (call: DeviceCall) => void {
  let [step, calls, updating] = [0, 0, false];
  return ({ op }) => {
    if (op === "adamw") updating = true;
    else if (updating) [step, calls, updating] = [step + 1, 0, false];
    if (step === wanted && op !== undefined && ++calls === INTO_STEP) action();
  };
}
