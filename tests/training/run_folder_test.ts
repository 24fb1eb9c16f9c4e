import { assertEquals, assertRejects } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { LacunaError } from "../../src/errors.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { tinyRun } from "./tiny_run.ts";

Deno.test("a run has its folder for itself: another one is refused and changes nothing, and afterwards it is free", async () => {
  const [out, alone] = [new MemoryStore(), new MemoryStore()];
  const device = new CpuDevice();
  await train(await tinyRun(device, { out: alone, steps: 4 }));
  const second = {
    ...await tinyRun(device, { out, steps: 2 }),
    settings: { learningRate: 1e-3, maxSteps: 2 },
  };
  const third = {
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store: out, dir: "" },
    text: filesOf(repetitiveText(10)),
  };
  const refused: Promise<unknown>[] = [];
  await train({
    ...await tinyRun(device, { out, steps: 4 }),
    onEvent(event) {
      if (event.type === "start") refused.push(train(second), pretrain(third));
      for (const run of refused) run.catch(() => {}); // looked at below
    },
  });
  assertEquals(refused.length, 2);
  for (const run of refused) {
    await assertRejects(() => run, LacunaError, "expected a folder that no other process works in");
  }
  const model = async (store: MemoryStore) =>
    await store.read("model.safetensors", 0, await store.size("model.safetensors"));
  assertEquals(await model(out), await model(alone));
  await assertRejects(() => train({ ...second, settings: { epochs: 0 } }));
  await train(second);
});
