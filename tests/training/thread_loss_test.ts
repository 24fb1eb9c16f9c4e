import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openCpu } from "../../src/device/cpu/open.ts";
import type { Device } from "../../src/device/device.ts";
import { DeviceLostError } from "../../src/errors.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { TrainingEvent } from "../../src/training/events.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtStep } from "../aborted.ts";
import { breakThread, openPool } from "../device/cpu/pool.ts";
import { tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { tinyRun } from "./tiny_run.ts";

const STEPS = 8;
const sentence = /^The CPU device was lost: memory access out of bounds; [^\n]+ resume[^\n]+$/;

interface RunOptions {
  readonly out: MemoryStore;
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
}

async function run(device: Device, { out, ...options }: RunOptions): Promise<void> {
  await train({ ...await tinyRun(device, { out, steps: STEPS }), ...options });
}

async function modelBytes(store: MemoryStore): Promise<Uint8Array> {
  return await store.read("model.safetensors", 0, await store.size("model.safetensors"));
}

Deno.test("a thread that dies at any step ends the run with a sentence, and its last state resumes to the same bytes", async () => {
  const whole = new MemoryStore();
  const device = await openCpu({ threads: 2 });
  await run(device, { out: whole });
  device.destroy();
  for (let lost = 4; lost <= STEPS; lost++) {
    const out = new MemoryStore();
    // The run is stopped, which saves a state, and is resumed on a device that will not live.
    const first = await openCpu({ threads: 2 });
    await run(first, { out, ...abortedAtStep(2) });
    first.destroy();
    const pool = await openPool(2);
    const { message } = await assertRejects(
      () =>
        run(pool.device, {
          out,
          resume: true,
          onEvent: (event) => {
            if (event.type === "step" && event.step === lost) breakThread(pool);
          },
        }),
      DeviceLostError,
    );
    assertMatch(message, sentence);
    pool.device.destroy();
    assertEquals((await out.list("")).filter((name) => name.endsWith(".partial")), []);
    const last = await openCpu({ threads: 2 });
    await run(last, { out, resume: true });
    last.destroy();
    assertEquals(await modelBytes(out), await modelBytes(whole), `lost at step ${lost}`);
  }
});

Deno.test("a thread that dies ends pretraining with the same sentence", async () => {
  const pool = await openPool(2);
  const out = new MemoryStore();
  const { message } = await assertRejects(
    async () =>
      await pretrain({
        device: pool.device,
        start: { store: await tinyModelStore(), dir: "", scratch: true },
        out: { store: out, dir: "" },
        text: filesOf(repetitiveText(40)),
        heldOut: filesOf(repetitiveText(10, 2)),
        settings: { batchTokens: 100, maxSteps: 20, evaluateEvery: 5 },
        onEvent: (event) => {
          if (event.type === "evaluation" && event.step === 10) breakThread(pool);
        },
      }),
    DeviceLostError,
  );
  assertMatch(message, sentence);
  const files = await out.list("");
  assert(files.includes("model.safetensors"));
  assertEquals(files.filter((name) => name.endsWith(".partial")), []);
  pool.device.destroy();
});
