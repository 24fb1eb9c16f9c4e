import { assert, assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { openCpu } from "../../src/device/cpu/open.ts";
import type { Device } from "../../src/device/device.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtStep } from "../aborted.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";

const STEPS = 12;

/** Trains on a device, until so many steps are done if that is asked; gives the device back. */
async function run(
  device: Device,
  { out = new MemoryStore(), resume = false, stopAfter }: {
    out?: MemoryStore;
    resume?: boolean;
    stopAfter?: number;
  } = {},
): Promise<MemoryStore> {
  try {
    await train({
      device,
      start: {
        store: await tinyModelStore({ hidden_size: 64, intermediate_size: 160, num_attention_heads: 4 }),
        dir: "",
        scratch: true,
      },
      out: { store: out, dir: "" },
      training: syntheticSentences(60),
      dev: syntheticSentences(20, 2),
      settings: {
        objective: "joint",
        learningRate: 2e-3,
        batchTokens: 600,
        accumulation: 2,
        maxSteps: STEPS,
      },
      resume,
      ...stopAfter === undefined ? {} : abortedAtStep(stopAfter),
    });
  } finally {
    device.destroy();
  }
  return out;
}

async function modelBytes(store: MemoryStore): Promise<Uint8Array> {
  return await store.read("model.safetensors", 0, await store.size("model.safetensors"));
}

Deno.test("a training run ends in the same bytes on the calling thread and on 1, 2, 3 and 5 workers", async () => {
  const expected = await modelBytes(await run(new CpuDevice()));
  for (const threads of [1, 2, 3, 5]) {
    const found = await modelBytes(await run(await openCpu({ threads })));
    assert(found.every((byte, i) => byte === expected[i]), `${threads} threads`);
  }
});

Deno.test("a run may be resumed with another number of threads, and ends in the same bytes", async () => {
  const expected = await modelBytes(await run(new CpuDevice()));
  for (const [before, after] of [[1, 3], [3, 2]]) {
    const out = await run(await openCpu({ threads: before }), { stopAfter: 5 });
    assert((await out.list("")).includes("training_state.safetensors"));
    await run(await openCpu({ threads: after }), { out, resume: true });
    assertEquals(await modelBytes(out), expected);
  }
});
