import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DeviceLostError } from "../../src/errors.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { breakThread, openPool } from "../device/cpu/pool.ts";
import { tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";

const sentence = /^The CPU device was lost: memory access out of bounds; [^\n]+ resume[^\n]+$/;

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
