import { assert, assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { openTagger } from "../../src/inference/tagger.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import type { Store } from "../../src/store/store.ts";
import { train } from "../../src/training/trainer.ts";
import { abortedAtStep } from "../aborted.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { failEachOperation } from "../store/hooked_store.ts";
import { bytesIn } from "../store/bytes_in.ts";

const STATE = "training_state.safetensors";

/** A run of two epochs of one step, interrupted between them where `interrupt` is set. */
async function run(store: Store, { resume = false, interrupt = false } = {}): Promise<void> {
  await train({
    device: new CpuDevice(),
    start: { store: await tinyModelStore({ num_hidden_layers: 1 }), dir: "", scratch: true },
    out: { store, dir: "" },
    training: syntheticSentences(2),
    dev: syntheticSentences(1, 2),
    settings: { learningRate: 1e-2, headLearningRate: 1e-2, batchTokens: 500, epochs: 2, warmup: 0 },
    resume,
    ...interrupt ? abortedAtStep(1) : {},
  });
}

Deno.test("whichever operation of the store fails, what was saved is whole and the run can go on to the same bytes", async () => {
  const whole = new MemoryStore();
  await run(whole);
  const expected = await bytesIn(whole);
  for (const persistent of [false, true]) {
    let resumed = 0;
    const failures = await failEachOperation(
      { makeStore: () => new MemoryStore(), persistent },
      async (store) => {
        await run(store, { interrupt: true });
        await run(store, { resume: true });
      },
      async (store) => {
        if (await store.exists("model.safetensors")) (await openTagger(new CpuDevice(), store)).free();
        const resume = await store.exists(STATE);
        await run(store, { resume });
        if (resume) resumed++;
        assertEquals(await bytesIn(store), expected);
      },
    );
    assert(failures > 20 && resumed > 0, `${failures} failures, ${resumed} resumed`);
  }
});
